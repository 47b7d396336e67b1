import {
  DefaultLogger,
  Runtime,
  type LogLevel,
  type NativeConnection,
  type Worker,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Service } from './processMain.js';

const pinoLevels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Sends the SDK's log lines to ours, and leaves the signals to us: it would stop its workers on SIGTERM by itself,
 * before we know. To be called once, before the first connection.
 */
export function installRuntime(log: Logger): void {
  const levels: readonly LogLevel[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];
  const level = levels.find((candidate) => log.isLevelEnabled(pinoLevels[candidate])) ?? 'ERROR';
  const logger = new DefaultLogger(level, (entry) => log[pinoLevels[entry.level]](entry.meta, entry.message));
  Runtime.install({ logger, shutdownSignals: [] });
}

/** Runs a worker until it is stopped; it finishes or gives back what it has in hand, then `close` is called. */
export function runWorker(worker: Worker, connection: NativeConnection, close: () => Promise<void>): Service {
  const ended = worker.run();
  const stop = async (): Promise<void> => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await ended.catch(() => undefined); // Whoever waits on `ended` sees the failure.
    await connection.close();
    await close();
  };
  return { ended, stop };
}
