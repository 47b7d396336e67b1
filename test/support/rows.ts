import { join } from 'node:path';
import { withSandbox } from '../../src/artifacts/duckdb.js';
import type { SourceConfiguration } from '../../src/domain/sourceConfiguration.js';

/** Rows begin here, at this pace, for this long. */
export const firstRowAt = '2001-01-01T00:00:00.000Z';
export const rowsPerDay = 240;
const days = 28;

/**
 * Writes four weeks of made-up journeys to a Parquet file: they are the later the larger `load` is and by which
 * `carrier` they go, and `gap` is missing now and then. The same bytes on every call.
 */
export async function writeRows(directory: string): Promise<SourceConfiguration> {
  const path = join(directory, 'rows.parquet');
  // hash() is DuckDB's own and repeatable; dividing by 2^64 spreads it over [0, 1).
  const query = `
    WITH drawn AS (
      SELECT i, hash(i) / 18446744073709551616.0 AS load, hash(i, 'delay') / 18446744073709551616.0 AS luck,
        CASE hash(i, 'carrier') % 3 WHEN 0 THEN 'AA' WHEN 1 THEN 'BB' ELSE 'CC' END AS carrier
      FROM range(${String(days * rowsPerDay)}) AS t(i)
    )
    SELECT TIMESTAMP '2001-01-01' + to_minutes(CAST(i * ${String(1440 / rowsPerDay)} AS BIGINT)) AS departure,
      load, carrier, CASE WHEN hash(i, 'gap') % 20 = 0 THEN NULL ELSE load END AS gap,
      60 * (load + CASE carrier WHEN 'AA' THEN 0.2 ELSE 0 END - luck) AS delay
    FROM drawn`;
  await withSandbox({ files: [], directory }, (connection) =>
    connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet)`),
  );
  return { kind: 'parquet', path };
}
