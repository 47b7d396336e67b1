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

/** An immutable snapshot of rows, and where they came from. `id` is the SHA-256 of this manifest without `id`. */
export interface DatasetVersion {
  id: string;
  source: string;
  /** Of the source's files as they lay; of a query's rows, in a fixed order. */
  sourceSha256: string;
  /** The query that made the snapshot, as run (over the view "source"). */
  query: string;
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
