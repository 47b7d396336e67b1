import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { freePort } from '../../src/workers/local/ports.js';
import { startPostgres, type LocalPostgres } from '../../src/workers/local/postgres.js';

let home: string;
before(async () => {
  // Like a checkout under /root: other users may not even enter it.
  home = await mkdtemp(join(tmpdir(), 'tempered-postgres-'));
});
after(() => rm(home, { recursive: true, force: true }));

const dataDirectory = (): string => join(home, 'postgres');

async function start(): Promise<LocalPostgres> {
  return startPostgres({
    dataDirectory: dataDirectory(),
    port: await freePort(),
    durable: false,
    onProgress: () => undefined,
  });
}

async function query(url: string, sql: string): Promise<pg.QueryResult<Record<string, unknown>>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query<Record<string, unknown>>(sql);
  } finally {
    await client.end();
  }
}

/** The process id that PostgreSQL wrote into its lock file. */
async function postmasterId(): Promise<number> {
  return parseInt(await readFile(join(dataDirectory(), 'postmaster.pid'), 'utf8'), 10);
}

test('a server that a killed parent left running is stopped, and what it had committed is kept', async () => {
  const orphan = await start();
  await query(orphan.url, 'create table kept as select 1 as answer');

  const next = await start();
  assert.equal(await orphan.ended, 'exit code 0');
  assert.deepEqual((await query(next.url, 'select answer from kept')).rows, [{ answer: 1 }]);
  await next.stop();
});

test('after kill -9 of the server the next start recovers what was committed', async () => {
  const killed = await start();
  await query(killed.url, 'create table survived as select 2 as answer');
  process.kill(await postmasterId(), 'SIGKILL');
  assert.equal(await killed.ended, 'signal SIGKILL');

  const next = await start();
  assert.deepEqual((await query(next.url, 'select answer from survived')).rows, [{ answer: 2 }]);
  await next.stop();
});

test('a stale lock file whose process id belongs to another program by now does not stop it', async () => {
  const killed = await start();
  const lockFile = join(dataDirectory(), 'postmaster.pid');
  const lines = (await readFile(lockFile, 'utf8')).split('\n');
  process.kill(await postmasterId(), 'SIGKILL');
  await killed.ended;
  await writeFile(lockFile, [String(process.pid), ...lines.slice(1)].join('\n'));

  const next = await start();
  assert.equal((await query(next.url, 'select 1')).rowCount, 1);
  await next.stop();
});

test('it listens on this machine only and takes no connection without the password', async () => {
  const server = await start();
  const { rows } = await query(server.url, `select setting from pg_settings where name = 'listen_addresses'`);
  assert.deepEqual(rows, [{ setting: '127.0.0.1' }]);
  const wrong = new URL(server.url);
  wrong.password = 'wrong';
  await assert.rejects(query(wrong.href, 'select 1'), /password authentication failed/);
  await server.stop();
});
