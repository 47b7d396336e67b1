/**
 * Online reads at a fixed rate, beside one prepared SELECT by pg alone on the same table: `npm run bench:online
 * [-- readsPerSecond]`. The load is an open loop: reads start when they are due, whether or not those before have
 * ended, so a slow one shows in the latency of those behind it. The load runs in a process of its own, PostgreSQL in
 * another. Both sides take turns, five seconds each.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { quantile } from '../src/statistics/quantile.js';
import { migrateToLatest, openDatabase } from '../src/store/database.js';
import { registerEntity } from '../src/store/entities.js';
import { registerFeatureView } from '../src/store/featureViews.js';
import { OnlineFeatureReader, requireOnlineView } from '../src/store/onlineFeatures.js';
import { freePort } from '../src/workers/local/ports.js';
import { startPostgres } from '../src/workers/local/postgres.js';

const entities = 100_000;
const features = Array.from({ length: 20 }, (_, i) => `feature_${String(i).padStart(2, '0')}`);
const seconds = 5;
const rounds = 5;
const poolSize = 4;

type Read = (entityKey: string) => Promise<unknown>;

if (process.send === undefined) await measure(Number(process.argv[2] ?? 2000));
else await runLoad(process.argv[2] ?? '', Number(process.argv[3]));

async function measure(readsPerSecond: number): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'tempered-bench-'));
  const postgres = await startPostgres({
    dataDirectory: join(home, 'postgres'),
    port: await freePort(),
    durable: true,
    onProgress: () => undefined,
  });
  try {
    await fill(postgres.url);
    const load = fork(fileURLToPath(import.meta.url), [postgres.url, String(readsPerSecond)]);
    await once(load, 'exit');
    process.exitCode = load.exitCode ?? 1;
  } finally {
    await postgres.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 20 });
  }
}

/** One view of 20 numbers, with a row for every entity. */
async function fill(url: string): Promise<void> {
  const db = openDatabase(url);
  try {
    await migrateToLatest(db);
    await registerEntity(db, { name: 'customer', description: 'a customer', keys: { customer: 'string' } });
    await registerFeatureView(db, {
      name: 'customer-numbers',
      description: 'twenty numbers of a customer',
      owner: 'bench',
      entity: 'customer',
      source: 'customers',
      columns: Object.fromEntries(['customer', 'at', ...features].map((name) => [name, name])),
      eventTime: 'at',
      ingestionTime: 'at',
      features: Object.fromEntries(features.map((name) => [name, { type: 'number' as const }])),
      ttlHours: 24 * 365,
    });
    const { id } = await requireOnlineView(db, 'customer-numbers');
    await db.raw(
      `insert into online_features
       select ?::int, 'customer-' || i, now() - interval '1 day', now() - interval '1 day',
         (select json_agg(sin(i + k)) from generate_series(1, ?::int) k)
       from generate_series(1, ?::int) i`,
      [id, features.length, entities],
    );
    await db.raw('vacuum analyze online_features');
  } finally {
    await db.destroy();
  }
}

async function runLoad(url: string, readsPerSecond: number): Promise<void> {
  const db = openDatabase(url, { maxConnections: 1 });
  const view = await requireOnlineView(db, 'customer-numbers');
  await db.destroy();
  const reader = new OnlineFeatureReader(url);
  const pool = new pg.Pool({ connectionString: url, max: poolSize });
  const sides: Record<string, Read> = {
    ours: async (entityKey) => {
      const [answer] = await reader.read([{ view, entityKey, moment: new Date() }]);
      if (answer?.features.feature_00?.state !== 'fresh') throw new Error(`${entityKey} is not fresh`);
    },
    'pg alone': async (entityKey) => {
      const { rowCount } = await pool.query({
        name: 'read',
        text: 'select event_time, ingestion_time, features from online_features where view_id = $1 and entity_key = $2',
        values: [view.id, entityKey],
      });
      if (rowCount !== 1) throw new Error(`${entityKey} is not there`);
    },
  };
  const p99s = new Map<string, number[]>();
  for (const read of Object.values(sides)) await openLoop(read, readsPerSecond, 1);
  for (let round = 1; round <= rounds; round++) {
    for (const [side, read] of Object.entries(sides)) {
      const { latenciesMs, perSecond } = await openLoop(read, readsPerSecond, seconds);
      const [p50, p99] = [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
      p99s.set(side, [...(p99s.get(side) ?? []), p99]);
      console.log(
        `round ${String(round)}, ${side}: ${perSecond.toFixed(0)} reads/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
      );
    }
  }
  await reader.close();
  await pool.end();
  const medianOf = (side: string) => quantile(p99s.get(side) ?? [], 0.5);
  const [ours, alone] = [medianOf('ours'), medianOf('pg alone')];
  console.log(
    `median p99 of ${String(rounds)} rounds at ${String(readsPerSecond)} reads/s: ours ${ours.toFixed(2)} ms, ` +
      `pg alone ${alone.toFixed(2)} ms, ratio ${(ours / alone).toFixed(2)}`,
  );
}

/** Latency is counted from when a read was due, not from when it could start. */
async function openLoop(
  read: Read,
  readsPerSecond: number,
  forSeconds: number,
): Promise<{ latenciesMs: number[]; perSecond: number }> {
  const total = readsPerSecond * forSeconds;
  const latenciesMs: number[] = [];
  const pending: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < total;) {
    const due = Math.min(total, Math.ceil(((performance.now() - startedAt) / 1000) * readsPerSecond));
    for (; i < due; i++) {
      const dueAt = startedAt + (i / readsPerSecond) * 1000;
      const entityKey = `customer-${String(((i * 7919) % entities) + 1)}`;
      pending.push(read(entityKey).then(() => void latenciesMs.push(performance.now() - dueAt)));
    }
    await nextTurn();
  }
  await Promise.all(pending);
  return { latenciesMs, perSecond: total / ((performance.now() - startedAt) / 1000) };
}
