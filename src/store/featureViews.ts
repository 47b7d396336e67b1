import { TemperedError } from '../domain/errors.js';
import { entitySchema, featureViewSchema, type Entity, type FeatureView } from '../domain/featureView.js';
import { parse } from '../domain/parse.js';
import type { Database } from './database.js';
import { definitionDigest } from './definitionDigest.js';
import { readEntity } from './entities.js';
import { announceFeatureView } from './featureAnnouncements.js';

/** One version of a feature view, with the entity as it was when the version was registered. */
export interface FeatureViewVersion {
  version: number;
  digest: string;
  definition: FeatureView;
  entity: Entity;
  createdAt: Date;
}

interface FeatureViewVersionRow {
  view: string;
  version: number;
  digest: string;
  definition: unknown;
  entity: string;
  entity_version: number;
  created_at: Date;
}

/**
 * Registers a feature view. The same definition as its newest one changes nothing; another one becomes the next
 * version, and earlier versions stay as they are.
 *
 * @throws TemperedError `InvalidInput`, naming each wrong field, an unknown entity or a key that is no column
 */
export async function registerFeatureView(db: Database, given: unknown): Promise<FeatureViewVersion> {
  const definition = parse(featureViewSchema, given, 'The feature view');
  const digest = definitionDigest(definition);
  return db.transaction(async (transaction) => {
    // A share lock on the entity: its keys cannot change while a view comes to use them.
    await transaction('entities').where({ name: definition.entity }).forShare().select('name');
    const entity = await readEntity(transaction, definition.entity);
    if (entity === null) throw unknownEntity(definition);
    assertKeysAreColumns(definition, entity.definition);

    await transaction('feature_views').insert({ name: definition.name }).onConflict('name').ignore();
    // Serializes the numbering of this view's versions.
    await transaction('feature_views').where({ name: definition.name }).forUpdate().select('name');
    const newest = await readFeatureView(transaction, definition.name);
    if (newest?.digest === digest) return newest;
    const version = (newest?.version ?? 0) + 1;
    await transaction('feature_view_versions').insert({
      view: definition.name,
      version,
      digest,
      definition: JSON.stringify(definition),
      entity: definition.entity,
      entity_version: entity.version,
    });
    await transaction('online_feature_views').insert({ view: definition.name, version });
    await announceFeatureView(transaction, { definition, entity: entity.definition, version });
    return requireFeatureView(transaction, definition.name, version);
  });
}

/** One version of a view, by default its newest; null where there is none. */
export async function readFeatureView(
  db: Database,
  view: string,
  version?: number,
): Promise<FeatureViewVersion | null> {
  const row = await selectVersions(db)
    .where({ view, ...(version === undefined ? {} : { 'feature_view_versions.version': version }) })
    .orderBy('feature_view_versions.version', 'desc')
    .first();
  return row === undefined ? null : toFeatureViewVersion(row);
}

/**
 * One version of a view, by default its newest.
 * @throws TemperedError `NotFound`, telling an unknown view from an unknown version
 */
export async function requireFeatureView(
  db: Database,
  view: string,
  version?: number,
): Promise<FeatureViewVersion> {
  const found = await readFeatureView(db, view, version);
  if (found !== null) return found;
  const newest = version === undefined ? null : await readFeatureView(db, view);
  throw new TemperedError(
    'NotFound',
    newest === null
      ? `There is no feature view "${view}". Register it with: tempered features apply <file>`
      : `There is no version ${String(version)} of feature view "${view}"; its newest is ${String(newest.version)}.`,
  );
}

/** The newest version of every feature view. */
export async function listFeatureViews(db: Database): Promise<FeatureViewVersion[]> {
  const rows = await selectVersions(db)
    .distinctOn('view')
    .orderBy([{ column: 'view' }, { column: 'feature_view_versions.version', order: 'desc' }]);
  return rows.map(toFeatureViewVersion);
}

type JoinedRow = FeatureViewVersionRow & { entity_definition: unknown };

function selectVersions(db: Database) {
  return db<FeatureViewVersionRow>('feature_view_versions')
    .join('entity_versions', {
      'entity_versions.entity': 'feature_view_versions.entity',
      'entity_versions.version': 'feature_view_versions.entity_version',
    })
    .select<JoinedRow[]>(
      'feature_view_versions.*',
      db.ref('entity_versions.definition').as('entity_definition'),
    );
}

function toFeatureViewVersion(row: JoinedRow): FeatureViewVersion {
  return {
    version: row.version,
    digest: row.digest,
    definition: parse(featureViewSchema, row.definition, `The stored feature view ${row.view}`),
    entity: parse(entitySchema, row.entity_definition, `The stored entity ${row.entity}`),
    createdAt: row.created_at,
  };
}

function unknownEntity({ name, entity }: FeatureView): TemperedError {
  return new TemperedError(
    'InvalidInput',
    `Feature view "${name}" names the entity "${entity}", which is not registered. Put it into "entities" of the same ` +
      'file, or register it first.',
  );
}

function assertKeysAreColumns({ name, columns, features }: FeatureView, entity: Entity): void {
  for (const key of Object.keys(entity.keys)) {
    if (!Object.hasOwn(columns, key)) {
      throw new TemperedError(
        'InvalidInput',
        `Feature view "${name}" has no column "${key}", which is a key of its entity "${entity.name}". Add it to columns.`,
      );
    }
    if (Object.hasOwn(features, key)) {
      throw new TemperedError(
        'InvalidInput',
        `Feature view "${name}" calls a feature "${key}", which is a key of its entity "${entity.name}". Call it otherwise.`,
      );
    }
  }
}
