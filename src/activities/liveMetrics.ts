import { Context } from '@temporalio/activity';
import { messageOf } from '../domain/errors.js';
import type { MetricPoint } from '../domain/training.js';
import type { Database } from '../store/database.js';
import { recordMetrics } from '../store/runMetrics.js';

/**
 * Records what a run measures while it runs, in the order it comes. A database that is away costs the curve its
 * liveness, never the training: whatever is missing is recorded when the run completes.
 */
export function recordLiveMetrics(db: Database, runId: string) {
  const { log } = Context.current();
  let pending: MetricPoint[] = [];
  let writing: Promise<void> | null = null;

  async function writeAll(): Promise<void> {
    while (pending.length > 0) {
      const points = pending;
      pending = [];
      try {
        await recordMetrics(db, runId, points);
      } catch (error) {
        log.warn(`metrics of run ${runId} are recorded only when it completes: ${messageOf(error)}`);
      }
    }
    writing = null;
  }

  return {
    add(point: MetricPoint): void {
      pending.push(point);
      writing ??= writeAll();
    },
    /** Resolves when nothing is being written any more. */
    written: async (): Promise<void> => {
      await writing;
    },
  };
}
