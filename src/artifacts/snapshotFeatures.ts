/** The features of a dataset version that come from feature views. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { DatasetVersion } from '../domain/dataset.js';
import type { FeatureReference } from '../domain/featureReference.js';
import type { Entity, FeatureView } from '../domain/featureView.js';
import type { Source } from '../domain/sourceConfiguration.js';
import { identifier } from './duckdb.js';
import { joinPointInTime } from './pointInTimeJoin.js';
import { createSourceView, sourceNamed, type LocalSources } from './sources/localSource.js';

/** One version of a feature view, as a model uses it. */
export interface UsedFeatureView {
  reference: FeatureReference;
  view: { version: number; digest: string; definition: FeatureView; entity: Entity };
  source: Source;
}

export interface RowsWithFeatures {
  /** The rows in their order, with their own columns and then the features. */
  query: string;
  /** What the manifest says of the views: nothing, where the model uses none. */
  lineage: Pick<DatasetVersion, 'featureViews'>;
}

/**
 * Joins feature views to the rows of a query, as they were known before each row's event time.
 *
 * @throws TemperedError `InvalidInput`, naming the view and the column, key or feature at fault; `UnusableData`, naming
 *   the view whose rows cannot be computed
 */
export async function joinFeatureViews(
  connection: DuckDBConnection,
  rows: { query: string; eventTime: string },
  used: readonly UsedFeatureView[],
  locals: LocalSources,
): Promise<RowsWithFeatures> {
  if (used.length === 0) return { query: rows.query, lineage: {} };
  await connection.run(`CREATE TEMP TABLE "dataset rows" AS ${rows.query}`);
  const relationOf = (source: string) => `source of ${source}`;
  for (const name of new Set(used.map(({ source }) => source.name))) {
    await createSourceView(connection, sourceNamed(locals, name), relationOf(name));
  }
  const joins = used.map(({ reference, view, source }) => ({
    reference,
    view: view.definition,
    entity: view.entity,
    relation: identifier(relationOf(source.name)),
  }));
  const table = { table: '"dataset rows"', eventTime: rows.eventTime };
  const { query, features } = await joinPointInTime(connection, table, joins);
  const featureViews = used.map(({ reference, view, source }, i) => ({
    view: reference.view,
    version: view.version,
    definitionDigest: view.digest,
    source: source.name,
    sourceSha256: sourceNamed(locals, source.name).sha256,
    features: features[i] ?? {},
  }));
  return { query, lineage: { featureViews } };
}
