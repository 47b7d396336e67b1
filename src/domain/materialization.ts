import type { TimeWindow } from './dataset.js';

/** incremental: goes on from the watermark and moves it. backfill: a range that somebody named; moves nothing. */
export type MaterializationKind = 'incremental' | 'backfill';

/** What the feature rows of one span hold of one feature. */
export interface FeatureStatistics {
  missing: number;
  distinct: number;
  /** Of numbers; null for strings, and where every value is missing. */
  min: number | null;
  mean: number | null;
  max: number | null;
}

/** What the feature rows of one span hold. */
export interface FeatureRowStatistics {
  rows: number;
  entities: number;
  newestEventTime: string | null;
  features: Record<string, FeatureStatistics>;
}

/** Feature rows that became known in one part of a span of time. */
export interface KnownRows {
  from: string;
  rows: number;
}

export interface MaterializationRequest {
  /** Names a backfill's start; without it the watermark does. */
  from: string | null;
  /** By default everything that is known. */
  to: string | null;
}

/**
 * The span of known time (from, inclusive, up to to, exclusive) that a materialization covers, or null where nothing was
 * known in it. An incremental one looks again at the declared lateness before its watermark, for rows that came late;
 * none looks beyond the newest row, or beyond now: what is not known yet may still change.
 */
export function planMaterialization(
  request: MaterializationRequest,
  {
    source,
    watermark,
    latenessHours,
    now,
  }: {
    /** When the first and (exclusive) the newest row of the source became known; null where it has none. */
    source: TimeWindow | null;
    watermark: string | null;
    latenessHours: number;
    now: string;
  },
): { kind: MaterializationKind; known: TimeWindow | null } {
  const kind = request.from === null ? 'incremental' : 'backfill';
  if (source === null) return { kind, known: null };
  const from = request.from ?? (watermark === null ? source.from : hoursBefore(watermark, latenessHours));
  const to = earliest([request.to ?? source.to, source.to, now]);
  return { kind, known: from < to ? { from, to } : null };
}

/**
 * Cuts a span into chunks of about `maxRows` feature rows each, at the borders of its parts. The chunks follow one another
 * without a gap.
 *
 * @param parts - in the order of time; a part with more than `maxRows` rows is one chunk
 */
export function chunksOf(known: TimeWindow, parts: readonly KnownRows[], maxRows: number): TimeWindow[] {
  const starts = [known.from];
  let rows = 0;
  for (const part of parts) {
    if (rows > 0 && rows + part.rows > maxRows) {
      starts.push(part.from);
      rows = 0;
    }
    rows += part.rows;
  }
  return starts.map((from, i) => ({ from, to: starts[i + 1] ?? known.to }));
}

function hoursBefore(moment: string, hours: number): string {
  return new Date(Date.parse(moment) - hours * 3_600_000).toISOString();
}

/** Moments in ISO 8601 with Z and milliseconds compare as texts. */
function earliest(moments: readonly string[]): string {
  return moments.reduce((least, moment) => (moment < least ? moment : least));
}
