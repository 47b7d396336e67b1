/**
 * Materializing rows of a Parquet file, beside a raw COPY of the same rows into an identical table: `npm run
 * bench:materialize [-- rows]`. Every row is an entity of its own with ten features, so that nothing is left out. Each
 * side runs in a process of its own, whose peak memory is told; ours runs for a third of the rows, too, to show that
 * memory does not grow with them.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { z } from 'zod';
import { materializationActivities } from '../src/activities/materialization.js';
import { withSandbox } from '../src/artifacts/duckdb.js';
import { writeFeatureFile } from '../src/artifacts/featureFile.js';
import { withFeatureView } from '../src/artifacts/openFeatureView.js';
import { quantile } from '../src/statistics/quantile.js';
import { migrateToLatest, openDatabase, type Database } from '../src/store/database.js';
import { registerEntity } from '../src/store/entities.js';
import { registerFeatureView } from '../src/store/featureViews.js';
import { requireOnlineView } from '../src/store/onlineFeatures.js';
import { freePort } from '../src/workers/local/ports.js';
import { startPostgres } from '../src/workers/local/postgres.js';

const features = Array.from({ length: 10 }, (_, i) => `feature_${String(i)}`);
const rounds = 3;
const known = { from: '2001-01-01T00:00:00.000Z', to: '2002-01-01T00:00:00.000Z' };
const program = fileURLToPath(import.meta.url);

const measuredSchema = z.object({ seconds: z.number(), peakMiB: z.number() });
const messageSchema = z.tuple([measuredSchema]).rest(z.unknown());
type Measured = z.output<typeof measuredSchema>;

let views = 0;

const [role, url = '', home = '', viewName = ''] = process.argv.slice(2);
if (process.send === undefined) await measure(Number(role ?? 3_000_000));
else
  process.send(await timed(role === 'ours' ? () => materialize(url, home, viewName) : () => copy(url, home)));

async function measure(rows: number): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'tempered-bench-'));
  const postgres = await startPostgres({
    dataDirectory: join(home, 'postgres'),
    port: await freePort(),
    durable: true,
    onProgress: () => undefined,
  });
  const db = openDatabase(postgres.url);
  try {
    await migrateToLatest(db);
    await registerEntity(db, { name: 'customer', description: 'a customer', keys: { customer: 'string' } });
    await prepare(db, home, rows);
    const ours: Measured[] = [];
    const raw: Measured[] = [];
    for (let round = 1; round <= rounds; round++) {
      raw.push(await run(db, 'copy', postgres.url, home));
      ours.push(await run(db, 'ours', postgres.url, home));
      console.log(`round ${String(round)}: raw COPY ${text(raw.at(-1))}; ours ${text(ours.at(-1))}`);
    }
    await prepare(db, home, Math.floor(rows / 3));
    const third = await run(db, 'ours', postgres.url, home);
    const median = (side: Measured[]) =>
      quantile(
        side.map(({ seconds }) => seconds),
        0.5,
      );
    console.log(
      `${String(rows)} rows: raw COPY ${median(raw).toFixed(1)} s, ours ${median(ours).toFixed(1)} s, ` +
        `${(median(raw) / median(ours)).toFixed(2)} of its speed; peak memory ` +
        `${Math.max(...ours.map(({ peakMiB }) => peakMiB)).toFixed(0)} MiB, for a third of the rows ${third.peakMiB.toFixed(0)} MiB`,
    );
  } finally {
    await db.destroy();
    await postgres.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 20 });
  }
}

/** The source, and the file that a raw COPY takes. */
async function prepare(db: Database, home: string, rows: number): Promise<void> {
  const numbers = features.map((name, k) => `sin(i + ${String(k)}) AS ${name}`).join(', ');
  await withSandbox({ files: [], directory: home }, (connection) =>
    connection.run(
      `COPY (SELECT 'customer-' || i AS customer, TIMESTAMP '2001-01-01' + to_seconds(i * 30000000.0 / ${String(rows)}) AS at, ${numbers}
       FROM range(${String(rows)}) AS t(i)) TO '${join(home, 'source.parquet')}' (FORMAT parquet)`,
    ),
  );
  const view = await newView(db);
  const source = { name: 'customers', configuration: configurationOf(home) };
  await withFeatureView(source, { view: view.definition, entity: view.entity }, async (opened) => {
    const file = join(opened.directory, 'rows.csv');
    await writeFeatureFile(opened, known, file, { latestOnly: true });
    // The COPY's own columns: without the mark of the latest.
    await opened.connection.run(
      `COPY (SELECT ${String(view.id)}, * EXCLUDE (latest) FROM read_csv('${file}', header = false, all_varchar = true,
         names = ['key', 'event_time', 'ingestion_time', 'features', 'latest'])) TO '${join(opened.directory, 'copy.csv')}' (FORMAT csv, HEADER false)`,
    );
    await pipeline(
      createReadStream(join(opened.directory, 'copy.csv')),
      createWriteStream(join(home, 'copy.csv')),
    );
  });
}

async function newView(db: Database) {
  const name = `customer-numbers-${String(++views)}`;
  await registerFeatureView(db, {
    name,
    description: 'ten numbers of a customer',
    owner: 'bench',
    entity: 'customer',
    source: 'customers',
    columns: Object.fromEntries(['customer', 'at', ...features].map((column) => [column, `"${column}"`])),
    eventTime: 'at',
    ingestionTime: 'at',
    features: Object.fromEntries(features.map((feature) => [feature, { type: 'number' as const }])),
    ttlHours: 24,
  });
  return requireOnlineView(db, name);
}

function configurationOf(home: string) {
  return { kind: 'parquet' as const, path: join(home, 'source.parquet') };
}

/** Empties the table, and runs one side in a process of its own. */
async function run(
  db: Database,
  side: 'ours' | 'copy',
  databaseUrl: string,
  home: string,
): Promise<Measured> {
  await db.raw('truncate online_features');
  await db.raw('checkpoint');
  const { definition } = await newView(db);
  const child = fork(program, [side, databaseUrl, home, definition.name]);
  const message: unknown = await once(child, 'message');
  await once(child, 'exit');
  const [measured] = messageSchema.parse(message);
  return measured;
}

/** What the workflow does, without Temporal: it plans, and takes in every chunk. */
async function materialize(databaseUrl: string, home: string, view: string): Promise<void> {
  const db = openDatabase(databaseUrl, { maxConnections: 2 });
  const activities = materializationActivities({ db, sources: { customers: configurationOf(home) } });
  await new MockActivityEnvironment().run(async () => {
    const plan = await activities.planMaterialization({ view, version: null, from: null, to: null });
    for (const known of plan.chunks) {
      await activities.materializeChunk({ view, version: plan.version, known });
    }
  });
  await db.destroy();
}

async function copy(databaseUrl: string, home: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`set timezone = 'UTC'`);
  const rows = client.query(copyFrom('copy online_features from stdin (format csv)'));
  await pipeline(createReadStream(join(home, 'copy.csv')), rows);
  await client.end();
}

async function timed(work: () => Promise<void>): Promise<Measured> {
  const startedAt = performance.now();
  await work();
  return { seconds: (performance.now() - startedAt) / 1000, peakMiB: process.resourceUsage().maxRSS / 1024 };
}

function text(measured: Measured | undefined): string {
  if (measured === undefined) return 'nothing';
  return `${measured.seconds.toFixed(1)} s, ${measured.peakMiB.toFixed(0)} MiB`;
}
