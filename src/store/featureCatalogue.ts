/** What a reader wants to know of a feature view: its definition, how fresh it is, what it holds, and who uses it. */
import { modelDefinitionSchema } from '../domain/modelDefinition.js';
import { parse } from '../domain/parse.js';
import type { Database } from './database.js';
import { listAnnouncements } from './featureAnnouncements.js';
import { listFeatureViews, type FeatureViewVersion } from './featureViews.js';
import { listMaterializations, readWatermark, type Materialization } from './materializations.js';
import { requireOnlineView } from './onlineFeatures.js';

/** A model definition that uses a view, by the versions that were made by it. */
export interface FeatureViewUser {
  model: string;
  /** Empty where the definition is registered, but nothing was trained by it yet. */
  versions: number[];
  /** Whether it is the model's current definition. */
  current: boolean;
  /** The view's features that it uses. */
  features: string[];
}

export interface FeatureViewDescription extends FeatureViewVersion {
  /** The view's newest version. */
  newestVersion: number;
  /** Everything known before it is in the online store. */
  watermark: Date | null;
  /** Newest first. */
  materializations: Materialization[];
  users: FeatureViewUser[];
  /** Models that this version was announced to. */
  announcedTo: string[];
}

/**
 * Describes a version of a view, by default its newest.
 * @throws TemperedError `NotFound`
 */
export async function describeFeatureView(
  db: Database,
  name: string,
  version?: number,
): Promise<FeatureViewDescription> {
  const view = await requireOnlineView(db, name, version);
  const newest = version === undefined ? view : await requireOnlineView(db, name);
  return describe(db, view, newest.version);
}

/** Describes the newest version of every view. */
export async function describeFeatureViews(db: Database): Promise<FeatureViewDescription[]> {
  const views = await listFeatureViews(db);
  return Promise.all(views.map(({ definition }) => describeFeatureView(db, definition.name)));
}

async function describe(
  db: Database,
  view: FeatureViewVersion & { id: number },
  newestVersion: number,
): Promise<FeatureViewDescription> {
  const named = { view: view.definition.name, version: view.version };
  const [watermark, materializations, users, announcements] = await Promise.all([
    readWatermark(db, view),
    listMaterializations(db, named, { limit: 10 }),
    listUsers(db, named),
    listAnnouncements(db, named, { limit: 100 }),
  ]);
  const announcedTo = announcements.map(({ model }) => model);
  return { ...view, newestVersion, watermark, materializations, users, announcedTo };
}

interface UserRow {
  model: string;
  definition: unknown;
  current: boolean;
  versions: number[];
}

async function listUsers(
  db: Database,
  { view, version }: { view: string; version: number },
): Promise<FeatureViewUser[]> {
  const { rows } = await db.raw<{ rows: UserRow[] }>(
    `select definitions.model, definitions.definition, models.definition_digest is not null as current,
      coalesce((select json_agg(made.version order by made.version) from model_versions made
        where made.model = definitions.model and made.definition_digest = definitions.digest), '[]') as versions
    from model_feature_views used
    join model_definitions definitions on definitions.digest = used.definition_digest
    left join models on models.definition_digest = definitions.digest
    where used.view = ? and used.version = ?
    order by definitions.model, definitions.created_at`,
    [view, version],
  );
  return rows.map(({ model, definition, current, versions }) => {
    const { featureViews } = parse(modelDefinitionSchema, definition, `The stored definition of ${model}`);
    const used = featureViews
      .filter((reference) => reference.view === view && reference.version === version)
      .flatMap(({ features }) => Object.values(features));
    return { model, versions, current, features: [...new Set(used)].sort() };
  });
}
