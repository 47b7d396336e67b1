import type { Deployment, DeploymentCause } from '../domain/deployment.js';
import { TemperedError } from '../domain/errors.js';
import type { Database } from './database.js';
import { readModel } from './models.js';

interface DeploymentRow {
  model: string;
  epoch: number;
  champion_version: number;
  challenger_version: number | null;
  challenger_weight: number;
  rollout_id: string | null;
  cause: DeploymentCause;
  reason: string;
  actor: string;
  idempotency_key: string;
  created_at: Date;
}

/** The deployment that serves now, or null before the baseline is deployed. */
export async function readDeployment(db: Database, model: string): Promise<Deployment | null> {
  const row = await db<DeploymentRow>('deployments').where({ model }).orderBy('epoch', 'desc').first();
  return row === undefined ? null : toDeployment(row);
}

/** @throws TemperedError `NotFound`, telling an unknown model from one that is not deployed */
export async function requireDeployment(db: Database, model: string): Promise<Deployment> {
  const deployment = await readDeployment(db, model);
  if (deployment !== null) return deployment;
  await readModel(db, model);
  throw new TemperedError(
    'NotFound',
    `Model "${model}" is not deployed yet. Train it with: tempered train ${model}`,
  );
}

/** The deployments that serve now, one for each deployed model. */
export async function listDeployments(db: Database): Promise<Deployment[]> {
  const rows = await db<DeploymentRow>('deployments')
    .distinctOn('model')
    .orderBy([{ column: 'model' }, { column: 'epoch', order: 'desc' }]);
  return rows.map(toDeployment);
}

export type DeploymentChange = Omit<Deployment, 'model' | 'epoch' | 'createdAt'>;

/**
 * Adds the next epoch. The same key again answers the epoch it made before (invariant 8), whatever came since.
 *
 * @param change - decides from the current deployment (null: none yet) what the next one is (null: it stays), and
 *   writes what belongs to it, all in the transaction that numbers it: two changes at once cannot overwrite each
 *   other unseen
 * @returns the new epoch, or the current one where it stays
 */
export async function deploy(
  db: Database,
  model: string,
  idempotencyKey: string,
  change: (current: Deployment | null, transaction: Database) => Promise<DeploymentChange | null>,
): Promise<Deployment> {
  return db.transaction(async (transaction) => {
    await transaction('models').where({ name: model }).forUpdate().select('name');
    const repeated = await transaction<DeploymentRow>('deployments')
      .where({ model, idempotency_key: idempotencyKey })
      .first();
    if (repeated !== undefined) return toDeployment(repeated);
    const current = await readDeployment(transaction, model);
    const next = await change(current, transaction);
    if (next === null) return requireDeployment(transaction, model);
    const [row] = await transaction<DeploymentRow>('deployments')
      .insert({
        model,
        epoch: (current?.epoch ?? 0) + 1,
        champion_version: next.championVersion,
        challenger_version: next.challengerVersion,
        challenger_weight: next.challengerWeight,
        rollout_id: next.rolloutId,
        cause: next.cause,
        reason: next.reason,
        actor: next.actor,
        idempotency_key: idempotencyKey,
      })
      .returning('*');
    if (row === undefined) throw new Error(`deploying ${model} returned no row`);
    return toDeployment(row);
  });
}

/** @throws TemperedError `NotFound` */
export async function readDeploymentEpoch(db: Database, model: string, epoch: number): Promise<Deployment> {
  const row = await db<DeploymentRow>('deployments').where({ model, epoch }).first();
  if (row === undefined)
    throw new TemperedError('NotFound', `Model "${model}" has no deployment epoch ${String(epoch)}.`);
  return toDeployment(row);
}

/** The champion that served last before `championVersion` became one, or null for the first. */
export async function readPreviousChampion(
  db: Database,
  model: string,
  championVersion: number,
): Promise<number | null> {
  const became = await db<DeploymentRow>('deployments')
    .where({ model, champion_version: championVersion })
    .min<{ min: number | null }>('epoch as min')
    .first();
  if (became?.min == null) return null;
  const before = await db<DeploymentRow>('deployments')
    .where({ model })
    .andWhere('epoch', '<', became.min)
    .orderBy('epoch', 'desc')
    .first();
  return before?.champion_version ?? null;
}

/**
 * Says that a version may be champion: the baseline, or what a rollout promoted; the database refuses any other
 * (invariant 2). Saying it again changes nothing.
 */
export async function recordChampion(
  db: Database,
  champion: { model: string; version: number; rolloutId: string | null },
): Promise<void> {
  await db('champions')
    .insert({
      model: champion.model,
      version: champion.version,
      rollout_id: champion.rolloutId,
      rollout_status: champion.rolloutId === null ? null : 'promoted',
      baseline_kind: champion.rolloutId === null ? 'baseline' : null,
    })
    .onConflict(['model', 'version'])
    .ignore();
}

/** Whether a version was ever entitled to be champion. */
export async function isChampion(db: Database, model: string, version: number): Promise<boolean> {
  return (await db('champions').where({ model, version }).first()) !== undefined;
}

function toDeployment(row: DeploymentRow): Deployment {
  return {
    model: row.model,
    epoch: row.epoch,
    championVersion: row.champion_version,
    challengerVersion: row.challenger_version,
    challengerWeight: row.challenger_weight,
    rolloutId: row.rollout_id,
    cause: row.cause,
    reason: row.reason,
    actor: row.actor,
    createdAt: row.created_at.toISOString(),
  };
}
