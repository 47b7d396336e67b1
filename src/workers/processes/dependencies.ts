/** What our processes connect to. Each waits for a server that is away, as long as it takes. */
import { NativeConnection } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../domain/errors.js';
import { openDatabase, type Database } from '../../store/database.js';
import { temporalConnectionOptions } from '../temporalConnection.js';
import type { ProcessContext } from './processMain.js';

const firstPauseMs = 200;
const longestPauseMs = 5_000;

/** Opens the database and waits until it answers. The caller destroys it. */
export async function connectDatabase(
  context: ProcessContext,
  options: { maxConnections?: number } = {},
): Promise<Database> {
  const db = openDatabase(context.config.DATABASE_URL, options);
  try {
    await untilItAnswers('PostgreSQL', context, async () => {
      await db.raw('select 1');
    });
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Connects to Temporal and waits until it answers. The caller closes it. */
export function connectTemporal(context: ProcessContext): Promise<NativeConnection> {
  return untilItAnswers('Temporal', context, () =>
    NativeConnection.connect(temporalConnectionOptions(context.config)),
  );
}

async function untilItAnswers<T>(
  what: string,
  { log, signal }: ProcessContext,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await attempt();
    } catch (error) {
      log.warn(`${what} does not answer yet (${messageOf(error)}); trying again in ${String(pauseMs)} ms`);
      await sleep(pauseMs, undefined, { signal });
    }
  }
}
