/**
 * A Temporal dev server for one machine. Invariant: at most one server runs on a database file; one that a killed
 * parent left behind is stopped first.
 */
import { Connection } from '@temporalio/client';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TemperedError } from '../../domain/errors.js';
import { choosePort } from './ports.js';
import { commandLineOf, endProcess } from './processes.js';
import { lastLines, spawnServer } from './serverProcess.js';
import { waitUntil } from './waitUntil.js';

export interface TemporalServerOptions {
  executable: string;
  /** Holds logs/temporal.log, and the database where one is kept. */
  home: string;
  /** True: state is kept in the home folder over restarts. False: in memory. */
  keepState: boolean;
  namespace: string;
  /** Preferred port; a free one is taken where somebody else has it. */
  port?: number;
  /** Preferred port of the web UI; null serves none. */
  uiPort: number | null;
  onProgress: (message: string) => void;
}

export interface LocalTemporal {
  address: string;
  uiUrl: string | null;
  /** Resolves when the server has ended, however that came about. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts `temporal server start-dev` on 127.0.0.1 and waits until it serves its namespace.
 *
 * @throws TemperedError `Unavailable` with the end of its log
 */
export async function startTemporal(options: TemporalServerOptions): Promise<LocalTemporal> {
  const home = resolve(options.home);
  const databaseFile = join(home, 'temporal.db');
  const pidFile = join(home, 'temporal.pid');
  const logFile = join(home, 'logs', 'temporal.log');
  await mkdir(home, { recursive: true });
  if (options.keepState) await stopFormerServer(pidFile, databaseFile, options.onProgress);

  const port = await choosePort(options.port);
  const uiPort = options.uiPort === null ? null : await choosePort(options.uiPort);
  const address = `127.0.0.1:${String(port)}`;
  const server = await spawnServer({
    command: options.executable,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
      ...['--namespace', options.namespace, '--log-level', 'warn'],
      ...(options.keepState ? ['--db-filename', databaseFile] : []),
      ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ],
    logFile,
    stopSignal: 'SIGTERM',
    stopGraceMs: 10_000,
  });
  if (options.keepState) await writeFile(pidFile, String(server.pid));
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
  return {
    address,
    uiUrl: uiPort === null ? null : `http://127.0.0.1:${String(uiPort)}`,
    ended: server.ended,
    stop: () => server.stop(),
  };
}

async function stopFormerServer(
  pidFile: string,
  databaseFile: string,
  onProgress: (message: string) => void,
): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) return;
  if ((await commandLineOf(pid))?.includes(databaseFile) !== true) return;
  onProgress(`stopping the Temporal server that a former start left behind (process ${String(pid)})`);
  await endProcess(pid, 'SIGTERM', 10_000);
}

async function describeNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } finally {
    await connection.close();
  }
}
