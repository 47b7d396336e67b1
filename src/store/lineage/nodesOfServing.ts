/** Nodes of lineage from a version on: what it proved, what it served, what it answered. */
import type { LineageNode } from '../../domain/lineage.js';
import type { ValidationReport } from '../../domain/validation.js';
import type { Database } from '../database.js';
import type { KeyValues } from './keys.js';

interface VersionRow {
  model: string;
  version: number;
  kind: string;
  artifact_sha256: string;
  definition_digest: string;
  created_at: Date;
}

export async function readVersions(db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  const rows = await db('model_versions')
    .whereIn(
      ['model', 'version'],
      keys.map((key) => [...key]),
    )
    .select<VersionRow[]>('model', 'version', 'kind', 'artifact_sha256', 'definition_digest', 'created_at');
  return rows.map(({ model, version, kind, artifact_sha256, definition_digest, created_at }) => ({
    kind: 'version',
    id: `${model}@${String(version)}`,
    at: created_at.toISOString(),
    facts: { kind, artifactSha256: artifact_sha256, definitionDigest: definition_digest },
  }));
}

interface ValidationRow {
  id: string;
  model: string;
  version: number;
  champion_version: number;
  verdict: string;
  report: Partial<ValidationReport>;
  created_at: Date;
}

export async function readValidations(db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  const rows = await db('validations').whereIn('id', keys.flat()).select<ValidationRow[]>('*');
  return rows.map(({ id, model, version, champion_version, verdict, report, created_at }) => ({
    kind: 'validation',
    id,
    at: created_at.toISOString(),
    facts: {
      verdict,
      candidate: `${model}@${String(version)}`,
      champion: `${model}@${String(champion_version)}`,
      checks: (report.checks ?? []).map(
        ({ criterion, bound, value, passed }) =>
          `${passed ? '✓' : '✗'} ${criterion} ${String(Number(value.toPrecision(4)))} (${bound})`,
      ),
    },
  }));
}

interface RolloutRow {
  id: string;
  model: string;
  version: number;
  champion_version: number;
  status: string;
  reason: string | null;
  started_at: Date;
  decisions: { stage: number; action: string; reason: string; at: string }[] | null;
}

/** Of each rollout's decisions, the newest. */
const decisionsPerRollout = 20;

export async function readRollouts(db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  const decisions = db.raw(
    `(select json_agg(decision order by sequence) from (
        select sequence, stage, action, reason, decided_at as at from rollout_decisions
        where rollout_id = rollouts.id order by sequence desc limit ?) as decision) as decisions`,
    [decisionsPerRollout],
  );
  const rows = await db('rollouts').whereIn('id', keys.flat()).select<RolloutRow[]>('*', decisions);
  return rows.map((rollout) => ({
    kind: 'rollout',
    id: rollout.id,
    at: rollout.started_at.toISOString(),
    facts: {
      status: rollout.status,
      reason: rollout.reason,
      version: `${rollout.model}@${String(rollout.version)}`,
      champion: `${rollout.model}@${String(rollout.champion_version)}`,
      decisions: (rollout.decisions ?? []).map(
        ({ stage, action, reason, at }) =>
          `${new Date(at).toISOString()} stage ${String(stage + 1)}: ${action}: ${reason}`,
      ),
    },
  }));
}

interface DeploymentRow {
  model: string;
  epoch: number;
  champion_version: number;
  challenger_version: number | null;
  challenger_weight: number;
  cause: string;
  reason: string;
  actor: string;
  created_at: Date;
}

export async function readDeployments(db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  const rows = await db('deployments')
    .whereIn(
      ['model', 'epoch'],
      keys.map((key) => [...key]),
    )
    .select<DeploymentRow[]>('*');
  return rows.map((row) => ({
    kind: 'deployment',
    id: `${row.model}#${String(row.epoch)}`,
    at: row.created_at.toISOString(),
    facts: {
      champion: `${row.model}@${String(row.champion_version)}`,
      challenger: row.challenger_version === null ? null : `${row.model}@${String(row.challenger_version)}`,
      challengerWeight: row.challenger_weight,
      cause: row.cause,
      reason: row.reason,
      actor: row.actor,
    },
  }));
}

/** Predictions of an epoch are counted no further than this. */
const countedPredictions = 10_000;

interface CountRow {
  counted: number;
  champion: number;
  challenger: number;
  first: Date | null;
  last: Date | null;
}

export function readPredictionCounts(db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  return Promise.all(
    keys.map(async ([model = '', epoch = 0]) => {
      const { rows } = await db.raw<{ rows: CountRow[] }>(
        `select count(*) as counted, count(*) filter (where arm = 'champion') as champion,
           count(*) filter (where arm = 'challenger') as challenger,
           min(recorded_at) as first, max(recorded_at) as last
         from (select arm, recorded_at from predictions where model = ? and epoch = ? limit ?) as counted`,
        [model, epoch, countedPredictions],
      );
      const [found] = rows;
      const counted = found?.counted ?? 0;
      return {
        kind: 'predictions' as const,
        id: `${model}#${String(epoch)}`,
        at: null,
        facts: {
          counted,
          // Where there are more, the rest is of those that were counted.
          more: counted === countedPredictions,
          byChampion: found?.champion ?? 0,
          byChallenger: found?.challenger ?? 0,
          first: found?.first?.toISOString() ?? null,
          last: found?.last?.toISOString() ?? null,
        },
      };
    }),
  );
}

interface PredictionRow {
  id: string;
  request_id: string;
  model: string;
  version: number | null;
  arm: string | null;
  epoch: number | null;
  event_time: Date;
  recorded_at: Date;
  status: string;
  error: string | null;
  score: number | null;
  caller: string;
  label: number | null;
}

/** Without inputs and routing key, which may say more of a person than a reader of lineage needs to know. */
export async function readPrediction(db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  const rows = await db('predictions')
    .join('api_keys', 'api_keys.id', 'predictions.api_key_id')
    .leftJoin('outcomes', 'outcomes.prediction_id', 'predictions.id')
    .whereIn('predictions.id', keys.flat())
    .select<PredictionRow[]>(
      ...['id', 'request_id', 'model', 'version', 'arm', 'epoch', 'event_time', 'recorded_at', 'status'].map(
        (column) => `predictions.${column}`,
      ),
      'predictions.error',
      'predictions.score',
      db.ref('api_keys.name').as('caller'),
      'outcomes.label',
    );
  return rows.map((row) => ({
    kind: 'prediction',
    id: row.id,
    at: row.recorded_at.toISOString(),
    facts: {
      status: row.status,
      error: row.error,
      version: row.version === null ? null : `${row.model}@${String(row.version)}`,
      arm: row.arm,
      epoch: row.epoch,
      score: row.score,
      outcome: row.label,
      eventTime: row.event_time.toISOString(),
      request: row.request_id,
      caller: row.caller,
    },
  }));
}
