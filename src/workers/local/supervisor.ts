/** Keeps something running that may die: a database, a worker, a gateway. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../domain/errors.js';

export interface Running {
  /** Resolves when it has ended, with how. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

export interface Supervised<R extends Running> {
  /** What the first start gave. */
  first: R;
  /** Stops it for good. */
  stop(): Promise<void>;
}

const firstPauseMs = 250;
const longestPauseMs = 15_000;
/** Having run this long counts as healthy: the next pause is a short one again. */
const healthyAfterMs = 60_000;

/**
 * Starts something and starts it again whenever it ends by itself, after a pause that doubles with each failure.
 *
 * @throws what the first start throws; later ones are reported and tried again
 */
export async function supervise<R extends Running>(
  name: string,
  start: () => Promise<R>,
  onProgress: (message: string) => void,
): Promise<Supervised<R>> {
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  const first = await start();
  let current: Running | null = first;
  const watching = keepRunning();

  async function keepRunning(): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!isStopping()) {
      if (current !== null) {
        const runningSince = Date.now();
        const how = await current.ended;
        if (isStopping()) return;
        onProgress(`${name} ended (${how}); starting it again`);
        if (Date.now() - runningSince > healthyAfterMs) pauseMs = firstPauseMs;
      }
      await pause(pauseMs, stopping.signal);
      if (isStopping()) return;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      current = await start().catch((error: unknown) => {
        onProgress(`${name} did not start: ${messageOf(error)}`);
        return null;
      });
    }
    // We were asked to stop while a start was under way.
    await current?.stop();
  }

  return {
    first,
    async stop() {
      stopping.abort();
      await current?.stop();
      await watching;
    },
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
