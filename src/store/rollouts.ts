import type { RolloutAction, RolloutDecision, RolloutOutcome, StageEvidence } from '../domain/rollout.js';
import pg from 'pg';
import { TemperedError } from '../domain/errors.js';
import type { Database } from './database.js';

export interface RolloutDecisionRecord {
  sequence: number;
  stage: number;
  action: RolloutAction;
  reason: string;
  evidence: { stage: StageEvidence; decision: RolloutDecision };
  decidedAt: Date;
}

export interface Rollout {
  id: string;
  model: string;
  version: number;
  championVersion: number;
  validationId: string;
  status: 'running' | RolloutOutcome;
  reason: string | null;
  startedAt: Date;
  endedAt: Date | null;
}

interface RolloutRow {
  id: string;
  model: string;
  version: number;
  champion_version: number;
  validation_id: string;
  status: 'running' | RolloutOutcome;
  reason: string | null;
  started_at: Date;
  ended_at: Date | null;
}

interface DecisionRow {
  rollout_id: string;
  sequence: number;
  stage: number;
  action: RolloutAction;
  reason: string;
  evidence: RolloutDecisionRecord['evidence'];
  decided_at: Date;
}

/**
 * Begins a rollout. The database refuses it without a passed validation of that version against that champion
 * (invariant 2) and while another one runs. Beginning the same one again changes nothing.
 *
 * @throws TemperedError `Conflict` while another rollout of this model runs
 */
export async function beginRollout(
  db: Database,
  rollout: Pick<Rollout, 'id' | 'model' | 'version' | 'championVersion' | 'validationId'>,
): Promise<void> {
  try {
    await db('rollouts')
      .insert({
        id: rollout.id,
        model: rollout.model,
        version: rollout.version,
        champion_version: rollout.championVersion,
        validation_id: rollout.validationId,
        status: 'running',
      })
      .onConflict('id')
      .ignore();
  } catch (cause) {
    const anotherRuns =
      cause instanceof pg.DatabaseError && cause.constraint === 'one_running_rollout_per_model';
    if (!anotherRuns) throw cause;
    throw new TemperedError(
      'Conflict',
      `Another version of "${rollout.model}" is being rolled out. Wait until that is done, or take it out with: tempered rollback ${rollout.model}`,
      { cause },
    );
  }
}

export async function readRollout(db: Database, id: string): Promise<Rollout | null> {
  const row = await db<RolloutRow>('rollouts').where({ id }).first();
  return row === undefined ? null : toRollout(row);
}

/** @throws TemperedError `NotFound` */
export async function requireRollout(db: Database, id: string): Promise<Rollout> {
  const rollout = await readRollout(db, id);
  if (rollout === null) throw new TemperedError('NotFound', `There is no rollout ${id}.`);
  return rollout;
}

export async function readRunningRollout(db: Database, model: string): Promise<Rollout | null> {
  const row = await db<RolloutRow>('rollouts').where({ model, status: 'running' }).first();
  return row === undefined ? null : toRollout(row);
}

/** The newest rollout of a model with its newest decisions first, or null. */
export async function readLatestRollout(
  db: Database,
  model: string,
  { decisions = 50 }: { decisions?: number } = {},
): Promise<(Rollout & { decisions: RolloutDecisionRecord[] }) | null> {
  const row = await db<RolloutRow>('rollouts').where({ model }).orderBy('started_at', 'desc').first();
  if (row === undefined) return null;
  const rows = await db<DecisionRow>('rollout_decisions')
    .where({ rollout_id: row.id })
    .orderBy('sequence', 'desc')
    .limit(decisions);
  return { ...toRollout(row), decisions: rows.map(toDecision) };
}

/** Records a decision with its evidence. Recording the same sequence number again changes nothing. */
export async function recordRolloutDecision(
  db: Database,
  rolloutId: string,
  decision: Omit<RolloutDecisionRecord, 'decidedAt'>,
): Promise<void> {
  await db('rollout_decisions')
    .insert({
      rollout_id: rolloutId,
      sequence: decision.sequence,
      stage: decision.stage,
      action: decision.action,
      reason: decision.reason,
      evidence: JSON.stringify(decision.evidence),
    })
    .onConflict(['rollout_id', 'sequence'])
    .ignore();
}

/** Ends a rollout; one that already ended keeps its outcome. */
export async function endRollout(
  db: Database,
  id: string,
  status: RolloutOutcome,
  reason: string,
): Promise<void> {
  await db('rollouts').where({ id, status: 'running' }).update({ status, reason, ended_at: db.fn.now() });
}

function toRollout(row: RolloutRow): Rollout {
  return {
    id: row.id,
    model: row.model,
    version: row.version,
    championVersion: row.champion_version,
    validationId: row.validation_id,
    status: row.status,
    reason: row.reason,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}

function toDecision(row: DecisionRow): RolloutDecisionRecord {
  return {
    sequence: row.sequence,
    stage: row.stage,
    action: row.action,
    reason: row.reason,
    evidence: row.evidence,
    decidedAt: row.decided_at,
  };
}
