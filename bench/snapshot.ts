/**
 * What a dataset version costs beyond its Parquet: `npm run bench:snapshot [-- runs]`. Three million flights as a snapshot
 * with statistics, checks and storing, against DuckDB alone writing the very same bytes, in turns.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flightsPath } from '../examples/flights/data.js';
import { sha256OfFile } from '../src/artifacts/digest.js';
import { literal } from '../src/artifacts/duckdb.js';
import { openFileSystemArtifactStore } from '../src/artifacts/fileSystem.js';
import { snapshotDataset } from '../src/artifacts/snapshot.js';
import { parse } from '../src/domain/parse.js';
import { datasetSchema } from '../src/domain/datasetDefinition.js';
import { quantile } from '../src/statistics/quantile.js';

const columns = {
  departure: 'date',
  hour: 'hour(date)',
  distance: 'distance',
  origin: 'origin',
  destination: 'destination',
  delay: 'delay',
  late: 'delay > 15',
};
const dataset = parse(
  datasetSchema,
  {
    source: 'flights',
    columns,
    eventTime: 'departure',
    target: 'late',
    checks: [
      ...Object.keys(columns).map((column) => ({ kind: 'non-null', column })),
      { kind: 'range', column: 'distance', min: 1, max: 10_000 },
      { kind: 'range', column: 'delay', min: -1500, max: 3000 },
      { kind: 'freshness', maxAgeHours: 24 },
    ],
  },
  'The definition',
);
const window = { from: '2001-01-01T00:00:00.000Z', to: '2001-07-01T00:01:00.000Z' };
const selected = Object.entries(columns).map(([name, expression]) => `${expression} AS ${name}`);
const query = `SELECT * EXCLUDE (n) FROM (SELECT ${selected.join(', ')}, file_row_number AS n
  FROM read_parquet(${literal(flightsPath)}, file_row_number = true)) ORDER BY departure, n`;

const runs = Number(process.argv[2] ?? 7);
const folder = await mkdtemp(join(tmpdir(), 'tempered-bench-'));
try {
  const seconds = { tempered: [] as number[], oneThread: [] as number[], allThreads: [] as number[] };
  for (let run = 0; run <= runs; run++) {
    const alone = join(folder, 'alone.parquet');
    const oneThread = await timed(() => writeAlone(alone, { threads: '1' }));
    const tempered = await timed(async () => {
      const { parquetSha256, rowCount } = await takeSnapshot(join(folder, `store-${String(run)}`));
      if (rowCount !== 3_000_000) throw new Error(`${String(rowCount)} rows`);
      return parquetSha256;
    });
    if (tempered.result !== (await sha256OfFile(alone))) throw new Error('the two wrote different bytes');
    const allThreads = await timed(() => writeAlone(join(folder, 'all.parquet'), {}));
    if (run === 0) continue; // The first warms the page cache up.
    seconds.tempered.push(tempered.seconds);
    seconds.oneThread.push(oneThread.seconds);
    seconds.allThreads.push(allThreads.seconds);
  }
  const median = (values: number[]): number => quantile(values, 0.5);
  const ours = median(seconds.tempered);
  console.log(`snapshot with statistics and checks: ${ours.toFixed(2)} s (median of ${String(runs)})`);
  for (const [name, values] of [
    ['DuckDB alone, one thread as we', seconds.oneThread],
    ['DuckDB alone, its default threads', seconds.allThreads],
  ] as const) {
    console.log(`${name}: ${median(values).toFixed(2)} s, ratio ${(ours / median(values)).toFixed(2)}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

function takeSnapshot(store: string) {
  const source = { name: 'flights', configuration: { kind: 'parquet' as const, path: flightsPath } };
  return snapshotDataset({ source, dataset, window, maxRows: 3_000_000 }, openFileSystemArtifactStore(store));
}

async function writeAlone(path: string, options: Record<string, string>): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', options);
  const connection = await instance.connect();
  try {
    await connection.run(`COPY (${query}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; seconds: number }> {
  const startedAt = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - startedAt) / 1000 };
}
