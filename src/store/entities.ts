import { canonicalJson } from '../domain/canonicalJson.js';
import { TemperedError } from '../domain/errors.js';
import { entitySchema, type Entity } from '../domain/featureView.js';
import { parse } from '../domain/parse.js';
import type { Database } from './database.js';
import { definitionDigest } from './definitionDigest.js';

export interface EntityVersion {
  version: number;
  digest: string;
  definition: Entity;
  createdAt: Date;
}

interface EntityVersionRow {
  entity: string;
  version: number;
  digest: string;
  definition: unknown;
  created_at: Date;
}

/**
 * Registers an entity. The same definition as its newest one changes nothing; another one becomes the next version.
 *
 * @throws TemperedError `InvalidInput`, naming each wrong field; `Conflict` where its keys would change under a view
 */
export async function registerEntity(db: Database, given: unknown): Promise<EntityVersion> {
  const definition = parse(entitySchema, given, 'The entity');
  const digest = definitionDigest(definition);
  return db.transaction(async (transaction) => {
    await transaction('entities').insert({ name: definition.name }).onConflict('name').ignore();
    // Serializes the numbering of this entity's versions, and with them the views that come to use it.
    await transaction('entities').where({ name: definition.name }).forUpdate().select('name');
    const newest = await readEntity(transaction, definition.name);
    if (newest?.digest === digest) return newest;
    if (newest !== null) await assertKeysMayChange(transaction, newest.definition, definition);
    const [row] = await transaction<EntityVersionRow>('entity_versions')
      .insert({
        entity: definition.name,
        version: (newest?.version ?? 0) + 1,
        digest,
        definition: JSON.stringify(definition),
      })
      .returning('*');
    if (row === undefined) throw new Error(`registering entity ${definition.name} returned no row`);
    return toEntityVersion(row);
  });
}

/** The newest version of an entity, or null. */
export async function readEntity(db: Database, name: string): Promise<EntityVersion | null> {
  const row = await db<EntityVersionRow>('entity_versions')
    .where({ entity: name })
    .orderBy('version', 'desc')
    .first();
  return row === undefined ? null : toEntityVersion(row);
}

/** The newest version of every entity. */
export async function listEntities(db: Database): Promise<EntityVersion[]> {
  const rows = await db<EntityVersionRow>('entity_versions')
    .distinctOn('entity')
    .orderBy([{ column: 'entity' }, { column: 'version', order: 'desc' }])
    .select<EntityVersionRow[]>('*');
  return rows.map(toEntityVersion);
}

async function assertKeysMayChange(db: Database, before: Entity, after: Entity): Promise<void> {
  if (canonicalJson(before.keys) === canonicalJson(after.keys)) return;
  const user = await db<{ entity: string; view: string }>('feature_view_versions')
    .where({ entity: before.name })
    .first('view');
  if (user === undefined) return;
  throw new TemperedError(
    'Conflict',
    `The keys of entity "${before.name}" cannot change: feature view "${user.view}" uses them. ` +
      'Define an entity of another name for other keys.',
  );
}

function toEntityVersion(row: EntityVersionRow): EntityVersion {
  return {
    version: row.version,
    digest: row.digest,
    definition: parse(entitySchema, row.definition, `The stored entity ${row.entity}`),
    createdAt: row.created_at,
  };
}
