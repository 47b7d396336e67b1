import type { DeploymentCause } from '../domain/deployment.js';
import { TemperedError } from '../domain/errors.js';
import type { Database } from './database.js';
import { readModel } from './models.js';

/** What served a model at a moment, and by what right. */
export interface Serving {
  model: string;
  epoch: number;
  /** When this epoch was decided; gateways take it over within their acknowledgement. */
  from: Date;
  /** When the next epoch was decided; null for the one that still holds. */
  until: Date | null;
  champion: ServingVersion;
  /** Null where the champion served alone. */
  challenger: (ServingVersion & { weight: number }) | null;
  rolloutId: string | null;
  cause: DeploymentCause;
  reason: string;
  actor: string;
}

export interface ServingVersion {
  version: number;
  runId: string;
  artifactSha256: string;
}

interface ServingRow {
  epoch: number;
  created_at: Date;
  until: Date | null;
  champion_version: number;
  champion_run_id: string;
  champion_artifact: string;
  challenger_version: number | null;
  challenger_run_id: string | null;
  challenger_artifact: string | null;
  challenger_weight: number;
  rollout_id: string | null;
  cause: DeploymentCause;
  reason: string;
  actor: string;
}

/** One row; the moment an epoch was decided belongs to it. */
const servingQuery = `
  select deployments.*, champion.run_id as champion_run_id, champion.artifact_sha256 as champion_artifact,
    challenger.run_id as challenger_run_id, challenger.artifact_sha256 as challenger_artifact,
    next.created_at as until
  from deployments
  join model_versions champion
    on champion.model = deployments.model and champion.version = deployments.champion_version
  left join model_versions challenger
    on challenger.model = deployments.model and challenger.version = deployments.challenger_version
  left join deployments next on next.model = deployments.model and next.epoch = deployments.epoch + 1
  where deployments.model = ? and deployments.created_at <= ?
  order by deployments.created_at desc, deployments.epoch desc
  limit 1`;

/**
 * What served a model at a moment, or null before its first deployment.
 *
 * @throws TemperedError `NotFound` for an unknown model
 */
export async function readServingAt(db: Database, model: string, moment: Date): Promise<Serving | null> {
  const { rows } = await db.raw<{ rows: ServingRow[] }>(servingQuery, [model, moment]);
  const [row] = rows;
  if (row !== undefined) return toServing(model, row);
  await readModel(db, model);
  return null;
}

/** @throws TemperedError `NotFound` before the first deployment, too */
export async function requireServingAt(db: Database, model: string, moment: Date): Promise<Serving> {
  const serving = await readServingAt(db, model, moment);
  if (serving !== null) return serving;
  throw new TemperedError('NotFound', `Nothing served "${model}" at ${moment.toISOString()} yet.`);
}

function toServing(model: string, row: ServingRow): Serving {
  const { challenger_version, challenger_run_id, challenger_artifact } = row;
  const hasChallenger =
    challenger_version !== null && challenger_run_id !== null && challenger_artifact !== null;
  return {
    model,
    epoch: row.epoch,
    from: row.created_at,
    until: row.until,
    champion: {
      version: row.champion_version,
      runId: row.champion_run_id,
      artifactSha256: row.champion_artifact,
    },
    challenger: hasChallenger
      ? {
          version: challenger_version,
          runId: challenger_run_id,
          artifactSha256: challenger_artifact,
          weight: row.challenger_weight,
        }
      : null,
    rolloutId: row.rollout_id,
    cause: row.cause,
    reason: row.reason,
    actor: row.actor,
  };
}
