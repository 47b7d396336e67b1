/** A span of event time: from (inclusive) to (exclusive), ISO 8601 in UTC. */
export interface TimeWindow {
  from: string;
  to: string;
}

export interface ColumnSchema {
  name: string;
  /** DuckDB's type name. */
  type: string;
}

/** How often one feature of a view had no value of its own, in a dataset version's rows. */
export interface JoinedFeature {
  /** What the view calls it. */
  feature: string;
  /** Rows for which nothing was known, or the value was NULL. */
  missing: number;
  /** Rows for which something was known once, but only values older than the view's TTL. */
  expired: number;
  /** Those of both that got the default which the view declares; the others are NULL. */
  defaulted: number;
}

/** What a dataset version took from one feature view. */
export interface JoinedFeatureView {
  view: string;
  version: number;
  /** SHA-256 of the view's definition. */
  definitionDigest: string;
  source: string;
  sourceSha256: string;
  /** By the names that the model gives them. */
  features: Record<string, JoinedFeature>;
}

/** An immutable snapshot of rows, and where they came from. `id` is the SHA-256 of this manifest without `id`. */
export interface DatasetVersion {
  id: string;
  source: string;
  /** Of the source's files as they lay; of a query's rows, in a fixed order. */
  sourceSha256: string;
  /** The query that made the snapshot, as run (over the view "source"). */
  query: string;
  /** Feature views whose values were joined to the query's rows; not there where the definition uses none. */
  featureViews?: JoinedFeatureView[];
  window: TimeWindow;
  /** Event times really found, or null where there are no rows. */
  eventTimeRange: TimeWindow | null;
  rowCount: number;
  columns: ColumnSchema[];
  /** The Parquet file in the artifact store. */
  parquetSha256: string;
  parquetBytes: number;
}

/** Column-oriented rows, as trainers and scorers read them. Numbers are FP32; categories keep their own type. */
export type ColumnBatch = Record<string, Float32Array | BigInt64Array | string[]>;
