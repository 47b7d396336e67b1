import { TemperedError } from '../domain/errors.js';
import { modelDefinitionSchema, type ModelDefinition } from '../domain/modelDefinition.js';
import { parse } from '../domain/parse.js';
import type { Database } from './database.js';
import { recordDefinitionArtifacts } from './definitionArtifacts.js';
import { definitionDigest } from './definitionDigest.js';
import { recordFeatureReferences, resolveFeatureReferences } from './featureReferences.js';

export interface Model {
  name: string;
  definitionDigest: string;
  definition: ModelDefinition;
  createdAt: Date;
  updatedAt: Date;
  /** When it was archived; null for a model in use. */
  deletedAt: Date | null;
}

interface ModelRow {
  name: string;
  definition_digest: string;
  definition: unknown;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

/**
 * Registers a definition and makes it the model's current one. Definitions are immutable and named by their
 * digest: applying the same one again changes nothing, and every version keeps the definition it was made by. A model
 * that was archived is restored.
 *
 * @throws TemperedError `InvalidInput`, naming each wrong field, or the feature view, key, feature or imported model that does not exist
 */
export async function registerDefinition(db: Database, given: unknown): Promise<Model> {
  const definition = parse(modelDefinitionSchema, given, 'The model definition');
  const digest = definitionDigest(definition);
  await db.transaction(async (transaction) => {
    await resolveFeatureReferences(transaction, definition);
    await transaction('model_definitions')
      .insert({ digest, model: definition.name, definition: JSON.stringify(definition) })
      .onConflict('digest')
      .ignore();
    await recordDefinitionArtifacts(transaction, digest, definition);
    await recordFeatureReferences(transaction, digest, definition.featureViews);
    await transaction('models')
      .insert({ name: definition.name, definition_digest: digest })
      .onConflict('name')
      .merge({
        definition_digest: digest,
        updated_at: transaction.fn.now(),
        deleted_at: null,
        deleted_by: null,
      });
  });
  return readModel(db, definition.name);
}

/** @throws TemperedError `NotFound` */
export async function readModel(db: Database, name: string): Promise<Model> {
  const row = await selectModels(db).where('models.name', name).first();
  if (row === undefined) {
    throw new TemperedError(
      'NotFound',
      `There is no model "${name}". Register it with: tempered models apply <file>`,
    );
  }
  return toModel(row);
}

/** All models; the archived ones only where they are asked for, too. */
export async function listModels(
  db: Database,
  { deleted = false }: { deleted?: boolean } = {},
): Promise<Model[]> {
  const query = selectModels(db).orderBy('models.name');
  if (!deleted) void query.whereNull('models.deleted_at');
  return (await query).map(toModel);
}

/** Hides a model from lists. What serves goes on serving. Archiving it again changes nothing. */
export async function archiveModel(db: Database, name: string, actor: string): Promise<void> {
  await readModel(db, name);
  await db('models').where({ name, deleted_at: null }).update({ deleted_at: db.fn.now(), deleted_by: actor });
}

export async function restoreModel(db: Database, name: string): Promise<void> {
  await readModel(db, name);
  await db('models').where({ name }).update({ deleted_at: null, deleted_by: null });
}

/**
 * The definition a version was made by.
 * @throws TemperedError `NotFound`
 */
export async function readDefinition(db: Database, digest: string): Promise<ModelDefinition> {
  const row = await db<{ digest: string; definition: unknown }>('model_definitions')
    .where({ digest })
    .first();
  if (row === undefined) throw new TemperedError('NotFound', `There is no model definition ${digest}.`);
  return parse(modelDefinitionSchema, row.definition, `The stored definition ${digest}`);
}

function selectModels(db: Database) {
  return db<ModelRow>('models')
    .join('model_definitions', 'model_definitions.digest', 'models.definition_digest')
    .select<ModelRow[]>(
      'models.name',
      'models.definition_digest',
      'model_definitions.definition',
      'models.created_at',
      'models.updated_at',
      'models.deleted_at',
    );
}

function toModel(row: ModelRow): Model {
  return {
    name: row.name,
    definitionDigest: row.definition_digest,
    definition: parse(modelDefinitionSchema, row.definition, `The stored definition of ${row.name}`),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
  };
}
