import { z } from 'zod';
import { checkResultSchema } from './dataCheck.js';

const timeWindowSchema = z.object({ from: z.string(), to: z.string() });

/** A span of event time: from (inclusive) to (exclusive), ISO 8601 in UTC. */
export type TimeWindow = z.output<typeof timeWindowSchema>;

const columnSchema = z.object({
  name: z.string(),
  /** DuckDB's type name. */
  type: z.string(),
});

export type ColumnSchema = z.output<typeof columnSchema>;

/** What a column of a snapshot holds. Numbers are read as doubles; what is not asked of a type is null. */
export const columnStatisticsSchema = z.object({
  name: z.string(),
  nulls: z.int(),
  /** NaN and infinite values, which are left out of everything below. */
  nonFinite: z.int(),
  distinct: z.int().nullable(),
  /** Numbers as such, times in ISO 8601, other values as text. */
  min: z.union([z.number(), z.string()]).nullable(),
  max: z.union([z.number(), z.string()]).nullable(),
  mean: z.number().nullable(),
  /** Of the sample (n − 1). */
  std: z.number().nullable(),
  /** Of numbers: the smallest value that at least this share of the rows does not exceed. */
  quantiles: z
    .object({ p05: z.number(), p25: z.number(), p50: z.number(), p75: z.number(), p95: z.number() })
    .nullable(),
  /** Of strings and booleans with few different values: the most frequent ones. */
  topValues: z.array(z.object({ value: z.string(), count: z.int() })).nullable(),
  /** Whether `distinct` (HyperLogLog) and `quantiles` (t-digest) are estimates, as for columns of many values. */
  approximate: z.boolean(),
});

export type ColumnStatistics = z.output<typeof columnStatisticsSchema>;

/** How often one feature of a view had no value of its own, in a dataset version's rows. */
const joinedFeatureSchema = z.object({
  /** What the view calls it. */
  feature: z.string(),
  /** Rows for which nothing was known, or the value was NULL. */
  missing: z.int(),
  /** Rows for which something was known once, but only values older than the view's TTL. */
  expired: z.int(),
  /** Those of both that got the default which the view declares; the others are NULL. */
  defaulted: z.int(),
});

export type JoinedFeature = z.output<typeof joinedFeatureSchema>;

/** What a dataset version took from one feature view. */
const joinedFeatureViewSchema = z.object({
  view: z.string(),
  version: z.int(),
  /** SHA-256 of the view's definition. */
  definitionDigest: z.string(),
  source: z.string(),
  sourceSha256: z.string(),
  /** By the names that the model gives them. */
  features: z.record(z.string(), joinedFeatureSchema),
});

export type JoinedFeatureView = z.output<typeof joinedFeatureViewSchema>;

/**
 * An immutable snapshot of rows, and where they came from. `id` is the SHA-256 of this manifest without `id`. Versions
 * from before there were statistics and checks have none.
 */
export const datasetVersionSchema = z.object({
  id: z.string(),
  source: z.string(),
  /** Of the source's files as they lay; of a query's rows, in a fixed order. */
  sourceSha256: z.string(),
  /** The query that made the snapshot, as run (over the view "source"). */
  query: z.string(),
  /** Feature views whose values were joined to the query's rows; not there where the definition uses none. */
  featureViews: z.array(joinedFeatureViewSchema).optional(),
  window: timeWindowSchema,
  /** Event times really found, or null where there are no rows. */
  eventTimeRange: timeWindowSchema.nullable(),
  rowCount: z.int(),
  columns: z.array(columnSchema),
  statistics: z.array(columnStatisticsSchema).default([]),
  /** Of every row of the window, whether the snapshot is a sample or not. */
  checks: z.array(checkResultSchema).default([]),
  /** The Parquet file in the artifact store. */
  parquetSha256: z.string(),
  parquetBytes: z.int(),
});

export type DatasetVersion = z.output<typeof datasetVersionSchema>;

/** Column-oriented rows, as trainers and scorers read them. Numbers are FP32; categories keep their own type. */
export type ColumnBatch = Record<string, Float32Array | BigInt64Array | string[]>;
