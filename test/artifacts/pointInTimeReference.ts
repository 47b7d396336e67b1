/**
 * Point-in-time joins as their definition reads, row by row and in quadratic time: what the real one is held against.
 * Times are minutes.
 */
export interface FeatureRow {
  key: string | null;
  event: number;
  ingestion: number;
  value: number | null;
}

export interface EntityRow {
  key: string | null;
  at: number;
}

export interface Found {
  value: number | null;
  state: 'fresh' | 'expired' | 'missing';
}

const missing: Found = { value: null, state: 'missing' };

/** The value that counts for an entity row: what was known before its time, of the greatest event, within the TTL. */
export function lookUp(entity: EntityRow, rows: readonly FeatureRow[], ttl: number): Found {
  const known = rows.filter(
    (row) =>
      entity.key !== null && row.key === entity.key && row.event < entity.at && row.ingestion < entity.at,
  );
  const best = known.reduce<FeatureRow | null>(
    (best, row) => (best === null || !countsMore(best, row) ? row : best),
    null,
  );
  if (best === null) return missing;
  if (entity.at - best.event > ttl) return { value: null, state: 'expired' };
  return { value: best.value, state: 'fresh' };
}

/** Of equal rows, the later one of the source counts. */
function countsMore(a: FeatureRow, b: FeatureRow): boolean {
  return a.event === b.event ? a.ingestion > b.ingestion : a.event > b.event;
}

/** The sum of the values that became known in (tick − window, tick], at each tick at which there are any. */
export function sumsAtTicks(rows: readonly FeatureRow[], every: number, window: number): FeatureRow[] {
  const last = Math.max(...rows.map((row) => Math.max(row.event, row.ingestion))) + window;
  const sums: FeatureRow[] = [];
  for (const key of new Set(rows.map((row) => row.key))) {
    for (let tick = 0; tick <= last + every; tick += every) {
      const inWindow = rows.filter((row) => {
        const known = Math.max(row.event, row.ingestion);
        return key !== null && row.key === key && known > tick - window && known <= tick;
      });
      if (inWindow.length === 0) continue;
      const values = inWindow.flatMap((row) => row.value ?? []);
      const value = values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0);
      sums.push({ key, event: tick, ingestion: tick, value });
    }
  }
  return sums;
}
