import { derivedVersion, isDerivedAlias } from '../domain/alias.js';
import { TemperedError } from '../domain/errors.js';
import type { Database } from './database.js';
import { readDeployment } from './deployments.js';
import { readModel } from './models.js';
import { requireModelVersion } from './versions.js';

/** One move of an alias; the newest one holds. */
export interface AliasMove {
  alias: string;
  sequence: number;
  /** Null: the alias names nothing from here on. */
  version: number | null;
  actor: string;
  reason: string;
  setAt: Date;
}

interface AliasRow {
  model: string;
  alias: string;
  sequence: number;
  version: number | null;
  actor: string;
  reason: string;
  set_at: Date;
}

/**
 * Moves an alias to a version, or takes it away (null). Moves of one alias are numbered one after the other, so of
 * two at once one comes last, and both stay in the history.
 *
 * @returns the move; the one before where the alias is there already
 * @throws TemperedError `NotFound` for an unknown model or version
 */
export async function setAlias(
  db: Database,
  model: string,
  move: { alias: string; version: number | null; actor: string; reason: string },
): Promise<AliasMove | null> {
  return db.transaction(async (transaction) => {
    await transaction('models').where({ name: model }).forUpdate().select('name');
    if (move.version === null) await readModel(transaction, model);
    else await requireModelVersion(transaction, model, move.version);
    const newest = await transaction<AliasRow>('model_aliases')
      .where({ model, alias: move.alias })
      .orderBy('sequence', 'desc')
      .first();
    if ((newest?.version ?? null) === move.version) return newest === undefined ? null : toMove(newest);
    const [row] = await transaction<AliasRow>('model_aliases')
      .insert({ model, ...move, sequence: (newest?.sequence ?? 0) + 1 })
      .returning('*');
    if (row === undefined) throw new Error(`setting the alias ${move.alias} returned no row`);
    return toMove(row);
  });
}

/** The aliases that users set, each with its newest move; one that was taken away is left out. */
export async function listAliases(db: Database, model: string): Promise<AliasMove[]> {
  const rows = await db<AliasRow>('model_aliases')
    .where({ model })
    .distinctOn('alias')
    .orderBy(['alias', { column: 'sequence', order: 'desc' }]);
  return rows.filter(({ version }) => version !== null).map(toMove);
}

/** Every move of the aliases that users set, the newest first. */
export async function listAliasMoves(
  db: Database,
  model: string,
  { limit = 100 }: { limit?: number } = {},
): Promise<AliasMove[]> {
  const rows = await db<AliasRow>('model_aliases')
    .where({ model })
    .orderBy([
      { column: 'set_at', order: 'desc' },
      { column: 'sequence', order: 'desc' },
    ])
    .limit(limit);
  return rows.map(toMove);
}

/**
 * The version that an alias names now: what is deployed for "champion" and "challenger", else what a user set.
 *
 * @throws TemperedError `NotFound`
 */
export async function resolveAlias(db: Database, model: string, alias: string): Promise<number> {
  const version = isDerivedAlias(alias)
    ? derivedVersion(alias, await readDeployment(db, model))
    : await userSetVersion(db, model, alias);
  if (version !== null) return version;
  await readModel(db, model);
  throw new TemperedError(
    'NotFound',
    `No version of "${model}" has the alias "${alias}". See: tempered models aliases ${model}`,
  );
}

async function userSetVersion(db: Database, model: string, alias: string): Promise<number | null> {
  const row = await db<AliasRow>('model_aliases').where({ model, alias }).orderBy('sequence', 'desc').first();
  return row?.version ?? null;
}

function toMove(row: AliasRow): AliasMove {
  return {
    alias: row.alias,
    sequence: row.sequence,
    version: row.version,
    actor: row.actor,
    reason: row.reason,
    setAt: row.set_at,
  };
}
