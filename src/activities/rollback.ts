import type { Deployment } from '../domain/deployment.js';
import { TemperedError } from '../domain/errors.js';
import type { Database } from '../store/database.js';
import {
  deploy,
  isChampion,
  readDeploymentEpoch,
  readPreviousChampion,
  requireDeployment,
} from '../store/deployments.js';
import { endRollout, readRunningRollout } from '../store/rollouts.js';
import type { ControlDependencies } from './dependencies.js';
import { idempotencyKey } from './registration.js';

export interface RolledBack {
  epoch: number;
  /** What served before: the challenger that was taken out, or the champion that was replaced. */
  fromVersion: number;
  toVersion: number;
}

export function rollbackActivities({ db }: Pick<ControlDependencies, 'db'>) {
  return {
    /**
     * Takes a running challenger out or, where none runs, goes back to the champion before this one; to `toVersion`
     * where one is named. Only what once was champion can be gone back to.
     */
    async rollBack(input: {
      model: string;
      toVersion: number | null;
      reason: string;
      actor: string;
    }): Promise<RolledBack> {
      const { model, reason, actor } = input;
      await requireDeployment(db, model);
      const deployment = await deploy(db, model, idempotencyKey(), async (current, transaction) => {
        const serving = current ?? (await requireDeployment(transaction, model));
        const rollout = await readRunningRollout(transaction, model);
        const defaultVersion = () =>
          rollout === null ? championBefore(transaction, serving) : serving.championVersion;
        const toVersion = input.toVersion ?? (await defaultVersion());
        await assertWasChampion(transaction, model, toVersion);
        if (rollout !== null) {
          await endRollout(transaction, rollout.id, 'rolled-back', `taken out by ${actor}: ${reason}`);
        }
        return {
          championVersion: toVersion,
          challengerVersion: null,
          challengerWeight: 0,
          rolloutId: null,
          cause: 'roll-back',
          reason,
          actor,
        };
      });
      const before = await readDeploymentEpoch(db, model, deployment.epoch - 1);
      return {
        epoch: deployment.epoch,
        fromVersion: before.challengerVersion ?? before.championVersion,
        toVersion: deployment.championVersion,
      };
    },
  };
}

async function assertWasChampion(db: Database, model: string, version: number): Promise<void> {
  if (await isChampion(db, model, version)) return;
  throw new TemperedError(
    'Forbidden',
    `Version ${String(version)} of "${model}" never was champion, so it is not proved; roll it out instead.`,
  );
}

async function championBefore(db: Database, { model, championVersion }: Deployment): Promise<number> {
  const previous = await readPreviousChampion(db, model, championVersion);
  if (previous !== null) return previous;
  throw new TemperedError(
    'Forbidden',
    `Version ${String(championVersion)} is the first champion of "${model}"; there is none before it to go back to.`,
  );
}
