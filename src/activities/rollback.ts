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
        const toVersion = input.toVersion ?? (await defaultTarget(transaction, serving));
        if (!(await isChampion(transaction, model, toVersion))) {
          throw new TemperedError(
            'Forbidden',
            `Version ${String(toVersion)} of "${model}" never was champion, so it is not proved; roll it out instead.`,
          );
        }
        const rollout = await readRunningRollout(transaction, model);
        if (rollout !== null)
          await endRollout(transaction, rollout.id, 'rolled-back', `${reason} (${actor})`);
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

async function defaultTarget(db: Database, serving: Deployment): Promise<number> {
  if (serving.challengerVersion !== null) return serving.championVersion;
  const previous = await readPreviousChampion(db, serving.model, serving.championVersion);
  if (previous !== null) return previous;
  throw new TemperedError(
    'Forbidden',
    `Version ${String(serving.championVersion)} is the first champion of "${serving.model}"; there is none before it to go back to.`,
  );
}
