/**
 * What every process of ours does alike: start, say that it is ready, and stop cleanly when
 * it is told to (SIGTERM, SIGINT) or when the parent that started it is gone.
 */
import pino, { type Logger } from 'pino';
import type { Config } from '../../config.js';
import { messageOf } from '../../domain/errors.js';

export interface ProcessContext {
  config: Config;
  log: Logger;
  /** Aborted when the process is to stop. */
  signal: AbortSignal;
}

/** What a process runs. */
export interface Service {
  /** Rejects when it failed for good; resolves when it stopped. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** Runs a service until it is told to stop. A failure is logged and makes the process exit with 1. */
export async function runProcess(
  name: string,
  config: Config,
  start: (context: ProcessContext) => Promise<Service>,
): Promise<never> {
  const log = pino({ name, level: config.TEMPERED_LOG_LEVEL });
  const stopping = new AbortController();
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
    process.once(event, () => stopping.abort());
  }
  try {
    const service = await start({ config, log, signal: stopping.signal });
    log.info('ready');
    process.send?.('ready');
    try {
      await Promise.race([service.ended, aborted(stopping.signal)]);
    } finally {
      log.info('stopping');
      await service.stop();
    }
  } catch (error) {
    if (!stopping.signal.aborted) {
      log.fatal({ err: error }, messageOf(error));
      process.exitCode = 1;
    }
  }
  // What a start that was interrupted half-way had opened would keep the process alive.
  process.exit();
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
