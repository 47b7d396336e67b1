import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, TemperedError } from '../../domain/errors.js';

/**
 * Tries something again and again until it succeeds.
 *
 * @param what - what is waited for, for the error message: "PostgreSQL at 127.0.0.1:5432"
 * @param giveUp - why to stop early (the server ended, say), or null to go on
 * @throws TemperedError `Unavailable` with the last failure as its cause
 */
export async function waitUntil<T>(
  what: string,
  attempt: () => Promise<T>,
  options: { timeoutMs: number; pauseMs?: number; giveUp?: () => string | null },
): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const reason =
        options.giveUp?.() ??
        (Date.now() >= deadline ? `no answer in ${String(options.timeoutMs / 1000)} s` : null);
      if (reason !== null) {
        throw new TemperedError('Unavailable', `${what} did not come up: ${reason}. ${messageOf(error)}`, {
          cause: error,
        });
      }
      await sleep(options.pauseMs ?? 50);
    }
  }
}
