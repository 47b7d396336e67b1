/** New versions of feature views, announced to the models that could use them. */
import type { FeatureView, Entity } from '../domain/featureView.js';
import { modelDefinitionSchema, type ModelDefinition } from '../domain/modelDefinition.js';
import { parse } from '../domain/parse.js';
import type { Database } from './database.js';

export interface FeatureAnnouncement {
  view: string;
  version: number;
  model: string;
  /** Columns of the model's dataset that can name the entity: key → column. */
  keys: Record<string, string>;
  announcedAt: Date;
}

interface AnnouncementRow {
  view: string;
  version: number;
  model: string;
  keys: Record<string, string>;
  announced_at: Date;
  answered_at: Date | null;
}

/**
 * Announces a version of a view to every model that could use it and has not declared to ignore such news: it uses the
 * entity already, or its dataset has the entity's keys as columns. PostgreSQL notifies `featureChannel` of each.
 */
export async function announceFeatureView(
  db: Database,
  { definition, entity, version }: { definition: FeatureView; entity: Entity; version: number },
): Promise<void> {
  const rows = await db('models')
    .join('model_definitions', 'model_definitions.digest', 'models.definition_digest')
    .whereNull('models.deleted_at')
    .select<{ name: string; definition: unknown }[]>('models.name', 'model_definitions.definition');
  for (const row of rows) {
    const model = parse(modelDefinitionSchema, row.definition, `The stored definition of ${row.name}`);
    if (model.monitoring.retraining.onNewFeatures === 'ignore') continue;
    const keys = await keysIn(db, model, entity);
    if (keys === null) continue;
    await db('feature_announcements')
      .insert({ view: definition.name, version, model: row.name, keys: JSON.stringify(keys) })
      .onConflict()
      .ignore();
  }
}

/** The newest announcements to a model, or of a view, first. */
export async function listAnnouncements(
  db: Database,
  of: { model: string } | { view: string; version: number },
  { limit = 20 }: { limit?: number } = {},
): Promise<FeatureAnnouncement[]> {
  const rows = await db<AnnouncementRow>('feature_announcements')
    .where(of)
    .orderBy([{ column: 'announced_at', order: 'desc' }, { column: 'view' }, { column: 'model' }])
    .limit(limit);
  return rows.map(({ view, version, model, keys, announced_at }) => ({
    view,
    version,
    model,
    keys,
    announcedAt: announced_at,
  }));
}

/** Announced views that one definition uses and another does not, unless a retraining has answered them already. */
export async function listNewlyUsed(
  db: Database,
  { model, by, notBy }: { model: string; by: ModelDefinition; notBy: ModelDefinition },
): Promise<{ view: string; version: number }[]> {
  const named = ({ view, version }: { view: string; version: number }) => `${view}@${String(version)}`;
  const before = new Set(notBy.featureViews.map(named));
  const added = new Set(by.featureViews.map(named).filter((name) => !before.has(name)));
  if (added.size === 0) return [];
  const rows = await db<AnnouncementRow>('feature_announcements')
    .where({ model, answered_at: null })
    .orderBy(['view', 'version'])
    .limit(1000);
  return rows.filter((row) => added.has(named(row))).map(({ view, version }) => ({ view, version }));
}

/** Records that a retraining has answered announcements. Recording it again changes nothing. */
export async function answerAnnouncements(
  db: Database,
  model: string,
  views: readonly { view: string; version: number }[],
): Promise<void> {
  await db('feature_announcements')
    .where({ model, answered_at: null })
    .whereIn(
      ['view', 'version'],
      views.map(({ view, version }) => [view, version]),
    )
    .update({ answered_at: db.fn.now() });
}

async function keysIn(
  db: Database,
  { featureViews, dataset }: ModelDefinition,
  entity: Entity,
): Promise<Record<string, string> | null> {
  for (const { view, version, keys } of featureViews) {
    const row = await db<{ view: string; version: number; entity: string }>('feature_view_versions')
      .where({ view, version })
      .first('entity');
    if (row?.entity === entity.name) return keys;
  }
  const names = Object.keys(entity.keys);
  if (!names.every((name) => Object.hasOwn(dataset.columns, name))) return null;
  return Object.fromEntries(names.map((name) => [name, name]));
}
