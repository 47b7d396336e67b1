/**
 * A point-in-time join of 200,000 entity rows with 2,000,000 feature rows of 10 features, against Feast (its DuckDB
 * offline store) and against an ASOF JOIN written by hand: `npm run bench:join [-- rounds]`.
 *
 * All three read the same Parquet files and write their rows to a Parquet file; the rows must be the same. Every value
 * is known as it happens, since neither peer looks at when a value became known; ours looks all the same. Feast runs in
 * a Python of its own, started beforehand.
 */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withSandbox } from '../src/artifacts/duckdb.js';
import { joinPointInTime } from '../src/artifacts/pointInTimeJoin.js';
import { createSourceView } from '../src/artifacts/sources/localSource.js';
import { entitySchema, featureViewSchema } from '../src/domain/featureView.js';
import { quantile } from '../src/statistics/quantile.js';
import { startFeast } from './feastProcess.js';

const entityRows = 200_000;
const featureRows = 2_000_000;
const drivers = 10_000;
const ttlHours = 30 * 24;
const features = Array.from({ length: 10 }, (_, i) => `f${String(i)}`);
const rounds = Number(process.argv[2] ?? 5);

const view = featureViewSchema.parse({
  name: 'drivers',
  description: 'ten numbers about a driver',
  owner: 'bench',
  entity: 'driver',
  source: 'features',
  columns: Object.fromEntries(
    ['driver', 'event_timestamp', 'created', ...features].map((name) => [name, name]),
  ),
  eventTime: 'event_timestamp',
  ingestionTime: 'created',
  features: Object.fromEntries(features.map((name) => [name, { type: 'number' }])),
  ttlHours,
});
const entity = entitySchema.parse({ name: 'driver', description: 'a driver', keys: { driver: 'integer' } });
const reference = {
  view: view.name,
  version: 1,
  keys: { driver: 'driver' },
  features: Object.fromEntries(features.map((name) => [name, name])),
};

const directory = await mkdtemp(join(tmpdir(), 'tempered-bench-'));
const pathOf = (name: string) => join(directory, `${name}.parquet`);
try {
  await withDuckDb(writeRows);
  const feast = await startFeast(directory, { ttlHours, features });
  const seconds: Record<string, number[]> = { ours: [], byHand: [], feast: [] };
  try {
    // The first round warms caches up and does not count.
    for (let round = 0; round <= rounds; round++) {
      const measured = {
        ours: await timed(joinOurs),
        byHand: await timed(() => withDuckDb(joinByHand)),
        feast: await feast.join(pathOf('feast')),
      };
      console.log(`round ${String(round)}:`, measured);
      if (round === 0) await withDuckDb(assertSameRows);
      else for (const [name, value] of Object.entries(measured)) seconds[name]?.push(value);
    }
  } finally {
    await feast.stop();
  }
  report(seconds);
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** Feature times are all different and even seconds, entity times odd ones: no peer has a tie to break. */
async function writeRows(connection: DuckDBConnection): Promise<void> {
  const moment = (second: string) => `make_timestamp(1000000 * (1600000000 + (${second})::BIGINT))`;
  const driver = (seed: string) => `(hash(n, '${seed}') % ${String(drivers)})::BIGINT AS driver`;
  const values = features.map((name) => `hash(n, '${name}') / 18446744073709551616.0::DOUBLE AS ${name}`);
  await connection.run(
    `COPY (SELECT *, event_timestamp AS created FROM (
        SELECT ${driver('feature')}, ${moment('2 * (n * 7919 % 15000000)')} AS event_timestamp, ${values.join(', ')}
          FROM range(${String(featureRows)}) AS t(n)))
      TO '${pathOf('features')}' (FORMAT parquet)`,
  );
  await connection.run(
    `COPY (SELECT ${driver('entity')}, ${moment(`1 + 2 * (hash(n, 'time') % 15000000)`)} AS event_timestamp
        FROM range(${String(entityRows)}) AS t(n)) TO '${pathOf('entities')}' (FORMAT parquet)`,
  );
}

/** As a snapshot joins: in the sandbox, on one thread, with every check of the view. */
async function joinOurs(): Promise<void> {
  const files = [pathOf('entities'), pathOf('features')];
  await withSandbox({ files, directory }, async (connection) => {
    await createSourceView(connection, { name: 'features', files: [pathOf('features')], sha256: '' });
    await connection.run(`CREATE TEMP TABLE entities AS FROM read_parquet('${pathOf('entities')}')`);
    const rows = { table: 'entities', eventTime: 'event_timestamp' };
    const { query } = await joinPointInTime(connection, rows, [
      { reference, view, entity, relation: 'source' },
    ]);
    await connection.run(`COPY (${query}) TO '${pathOf('ours')}' (FORMAT parquet)`);
  });
}

/** On all threads, as DuckDB is by itself; no checks, no defaults, no counts, no look at ingestion time. */
async function joinByHand(connection: DuckDBConnection): Promise<void> {
  const isFresh = `e.event_timestamp - f.event_timestamp <= INTERVAL ${String(ttlHours)} HOUR`;
  const values = features.map((name) => `CASE WHEN ${isFresh} THEN f.${name} END AS ${name}`);
  await connection.run(
    `COPY (SELECT e.*, ${values.join(', ')} FROM '${pathOf('entities')}' AS e ASOF LEFT JOIN '${pathOf('features')}' AS f
        ON e.driver = f.driver AND e.event_timestamp > f.event_timestamp)
      TO '${pathOf('byHand')}' (FORMAT parquet)`,
  );
}

async function assertSameRows(connection: DuckDBConnection): Promise<void> {
  const rows = (name: string) =>
    `(SELECT driver, event_timestamp::TIMESTAMP AS at, ${features.join(', ')} FROM '${pathOf(name)}')`;
  for (const [a, b] of [
    ['ours', 'byHand'],
    ['byHand', 'ours'],
    ['ours', 'feast'],
    ['feast', 'ours'],
  ] as const) {
    const result = await connection.runAndReadAll(
      `SELECT count(*)::INTEGER FROM (${rows(a)} EXCEPT ALL ${rows(b)})`,
    );
    const different = Number(result.getRows()[0]?.[0]);
    if (different > 0) throw new Error(`${String(different)} rows of ${a} are not among those of ${b}`);
  }
  console.log('The rows of all three are the same.');
}

async function withDuckDb(use: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`SET TimeZone = 'UTC'`);
    await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

function report(seconds: Record<string, number[]>): void {
  const medians = Object.fromEntries(
    Object.entries(seconds).map(([name, values]) => [name, quantile(values, 0.5)]),
  );
  console.log('medians in seconds:', medians);
  const { ours = NaN, byHand = NaN, feast = NaN } = medians;
  console.log(`${(feast / ours).toFixed(1)} × faster than Feast, ${(ours / byHand).toFixed(2)} × raw DuckDB`);
}
