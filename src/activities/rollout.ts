import { Context } from '@temporalio/activity';
import type { Acknowledgement } from '../domain/deployment.js';
import { TemperedError } from '../domain/errors.js';
import type { RolloutPolicy } from '../domain/modelDefinition.js';
import type { RolloutDecision, RolloutOutcome, StageEvidence } from '../domain/rollout.js';
import { deploy, recordChampion, requireDeployment } from '../store/deployments.js';
import { readAcknowledgement } from '../store/gateways.js';
import { readDefinition } from '../store/models.js';
import {
  beginRollout,
  endRollout,
  readRollout,
  recordRolloutDecision,
  requireRollout,
  type Rollout,
} from '../store/rollouts.js';
import { readStageEvidence } from '../store/stageEvidence.js';
import { requireModelVersion } from '../store/versions.js';
import type { ControlDependencies } from './dependencies.js';
import { passedValidation } from './passedValidation.js';

const acknowledgementPollMs = 25;

export interface RolloutPlan {
  rolloutId: string;
  championVersion: number;
  policy: RolloutPolicy;
}

export interface StageObservation {
  /** False once an operator took the challenger out or another deployment came in between. */
  running: boolean;
  evidence: StageEvidence;
}

export interface RolloutConclusion {
  epoch: number;
  outcome: RolloutOutcome;
  reason: string;
}

export function rolloutActivities({ db }: Pick<ControlDependencies, 'db'>) {
  return {
    /** Opens the rollout of a version that passed validation against the champion of today. */
    async beginRollout(input: { rolloutId: string; model: string; version: number }): Promise<RolloutPlan> {
      const { rolloutId, model, version } = input;
      const { definitionDigest } = await requireModelVersion(db, model, version);
      const { rollout: policy } = await readDefinition(db, definitionDigest);
      const begun = await readRollout(db, rolloutId);
      if (begun !== null) return { rolloutId, championVersion: begun.championVersion, policy };

      const { championVersion } = await requireDeployment(db, model);
      const validationId = await passedValidation(db, { model, version, championVersion });
      await beginRollout(db, { id: rolloutId, model, version, championVersion, validationId });
      return { rolloutId, championVersion, policy };
    },

    /** Gives the challenger its share of traffic for a stage. */
    async deployStage(input: {
      rolloutId: string;
      stage: number;
      weight: number;
      actor: string;
    }): Promise<{ epoch: number; stopped: boolean }> {
      const { rolloutId, stage } = input;
      const { model } = await requireRollout(db, rolloutId);
      const deployment = await deploy(
        db,
        model,
        `${rolloutId}/stage/${String(stage)}`,
        async (current, transaction) => {
          const rollout = await requireRollout(transaction, rolloutId);
          if (rollout.status !== 'running') return null;
          if (current?.championVersion !== rollout.championVersion) throw championChanged(rollout);
          return {
            championVersion: rollout.championVersion,
            challengerVersion: rollout.version,
            challengerWeight: input.weight,
            rolloutId,
            cause: 'stage',
            reason: `stage ${String(stage + 1)} of the rollout of version ${String(rollout.version)}`,
            actor: input.actor,
          };
        },
      );
      return { epoch: deployment.epoch, stopped: deployment.rolloutId !== rolloutId };
    },

    /** Waits until every live gateway took the epoch over or said why it cannot (invariant 6). */
    async awaitGateways(input: { model: string; epoch: number }): Promise<Acknowledgement> {
      const context = Context.current();
      for (;;) {
        const acknowledgement = await readAcknowledgement(db, input.model, input.epoch);
        const { acknowledgedReplicas, refusals, liveReplicas } = acknowledgement;
        if (acknowledgedReplicas + refusals.length >= liveReplicas) return acknowledgement;
        context.heartbeat(acknowledgement);
        await context.sleep(acknowledgementPollMs);
      }
    },

    /** What was recorded of both arms since a stage began. */
    async observeStage(input: { rolloutId: string; epoch: number }): Promise<StageObservation> {
      const rollout = await requireRollout(db, input.rolloutId);
      const deployment = await requireDeployment(db, rollout.model);
      const { model, championVersion, version: challengerVersion } = rollout;
      return {
        running: rollout.status === 'running' && deployment.epoch === input.epoch,
        evidence: await readStageEvidence(db, {
          model,
          epoch: input.epoch,
          championVersion,
          challengerVersion,
        }),
      };
    },

    async recordRolloutDecision(input: {
      rolloutId: string;
      sequence: number;
      stage: number;
      decision: RolloutDecision;
      evidence: StageEvidence;
    }): Promise<void> {
      const { rolloutId, sequence, stage, decision } = input;
      await recordRolloutDecision(db, rolloutId, {
        sequence,
        stage,
        action: decision.action,
        reason: decision.reason,
        evidence: { stage: input.evidence, decision },
      });
    },

    /**
     * Ends a rollout: the challenger becomes the champion, or leaves. Either way one arm is left. Where an operator
     * took it out already, it stays so.
     */
    async concludeRollout(input: {
      rolloutId: string;
      outcome: RolloutOutcome;
      reason: string;
      actor: string;
    }): Promise<RolloutConclusion> {
      const { rolloutId, reason, actor } = input;
      const rollout = await requireRollout(db, rolloutId);
      const { model, version, championVersion } = rollout;
      const promoted = input.outcome === 'promoted';
      const { epoch } = await deploy(db, model, `${rolloutId}/conclusion`, async (current, transaction) => {
        const { status } = await requireRollout(transaction, rolloutId);
        if (status !== 'running') return null;
        const serving = current?.rolloutId === rolloutId;
        if (promoted && !serving) throw championChanged(rollout);
        await endRollout(transaction, rolloutId, input.outcome, reason);
        if (!serving) return null;
        if (promoted) await recordChampion(transaction, { model, version, rolloutId });
        return {
          championVersion: promoted ? version : championVersion,
          challengerVersion: null,
          challengerWeight: 0,
          rolloutId: null,
          cause: promoted ? 'promote' : 'roll-back',
          reason,
          actor,
        };
      });
      const ended = await requireRollout(db, rolloutId);
      return {
        epoch,
        outcome: ended.status === 'promoted' ? 'promoted' : 'rolled-back',
        reason: ended.reason ?? reason,
      };
    },
  };
}

function championChanged(rollout: Rollout): TemperedError {
  return new TemperedError(
    'Forbidden',
    `The champion of "${rollout.model}" changed while version ${String(rollout.version)} was rolled out; validate it anew.`,
  );
}
