/**
 * A Temporal dev server for one machine. Invariant: at most one server runs on a database file; one that a killed
 * parent left behind is found by its command line and stopped first.
 */
import { Connection } from '@temporalio/client';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TemperedError } from '../../domain/errors.js';
import { endProcess, findProcesses } from './processes.js';
import { lastLines, spawnServer } from './serverProcess.js';
import { waitUntil } from './waitUntil.js';

export interface TemporalServerOptions {
  executable: string;
  /** Holds logs/temporal.log, and the database where one is kept. */
  home: string;
  /** True: state is kept in the home folder over restarts. False: in memory. */
  keepState: boolean;
  namespace: string;
  /** A free port of 127.0.0.1. */
  port: number;
  /** A free port for the web UI; null serves none. */
  uiPort: number | null;
  onProgress: (message: string) => void;
}

export interface LocalTemporal {
  address: string;
  /** Resolves when the server has ended, with how. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

const stopSignal = 'SIGTERM';
const stopGraceMs = 10_000;

/**
 * Starts `temporal server start-dev` on 127.0.0.1 and waits until it serves its namespace.
 *
 * @throws TemperedError `Unavailable` with the end of its log
 */
export async function startTemporal(options: TemporalServerOptions): Promise<LocalTemporal> {
  const home = resolve(options.home);
  await mkdir(home, { recursive: true });
  await stopFormerTemporal(home, options.onProgress);
  const address = `127.0.0.1:${String(options.port)}`;
  const logFile = join(home, 'logs', 'temporal.log');
  const server = await spawnServer({
    command: options.executable,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port)],
      ...['--namespace', options.namespace, '--log-level', 'warn'],
      ...(options.keepState ? ['--db-filename', databaseFile(home)] : []),
      ...(options.uiPort === null ? ['--headless'] : ['--ui-port', String(options.uiPort)]),
    ],
    environment: process.env,
    logFile,
    stopSignal,
    stopGraceMs,
  });
  let ending: string | null = null;
  void server.ended.then((how) => (ending = how));
  try {
    await waitUntil('Temporal', () => describeNamespace(address, options.namespace), {
      timeoutMs: 60_000,
      giveUp: () => ending,
    });
  } catch (error) {
    await server.stop();
    throw new TemperedError(
      'Unavailable',
      `The Temporal server did not come up. End of ${logFile}:\n${await lastLines(logFile)}`,
      { cause: error },
    );
  }
  return { address, ended: server.ended, stop: () => server.stop() };
}

/** Stops a server that still runs on this home folder's database: the orphan of a killed parent. */
export async function stopFormerTemporal(home: string, onProgress: (message: string) => void): Promise<void> {
  for (const pid of await findProcesses(['--db-filename', databaseFile(resolve(home))])) {
    onProgress(`stopping the Temporal server that a former start left behind (process ${String(pid)})`);
    await endProcess(pid, stopSignal, stopGraceMs);
  }
}

function databaseFile(home: string): string {
  return join(home, 'temporal.db');
}

async function describeNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } finally {
    await connection.close();
  }
}
