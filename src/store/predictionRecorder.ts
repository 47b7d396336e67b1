import pg from 'pg';
import { TemperedError, messageOf } from '../domain/errors.js';
import { type Prediction, insertPredictions } from './predictions.js';

/** Inserts on the way at once: while PostgreSQL flushes one group, the next can be sent. */
const writers = 2;
/** Rows of one insert, unless a single request has more. */
const maxRowsPerInsert = 500;
/** Rows that may wait: a second or so of full load. What comes on top is refused at once. */
const maxWaitingRows = 20_000;
/** An insert that takes longer counts as failed: its callers are refused instead of waiting for ever. */
const insertTimeoutMs = 5_000;

interface Waiting {
  rows: readonly Prediction[];
  resolve: () => void;
  reject: (error: TemperedError) => void;
}

/**
 * Invariant 1, no answer without its record: `record` resolves only after PostgreSQL committed the rows, and the
 * gateway answers only then.
 *
 * Group commit: a request that finds a free writer is inserted at once; those that arrive meanwhile go together with
 * the next insert. So a commit costs one round trip for many requests under load, and nobody waits when there is none.
 */
export class PredictionRecorder {
  private readonly pool: pg.Pool;
  private waiting: Waiting[] = [];
  private waitingRows = 0;
  private readonly writing = new Set<Promise<void>>();

  constructor(databaseUrl: string) {
    this.pool = new pg.Pool({
      connectionString: databaseUrl,
      application_name: 'tempered recorder',
      max: writers,
      connectionTimeoutMillis: 2_000,
      query_timeout: insertTimeoutMs,
      statement_timeout: insertTimeoutMs,
      // A server may default to acknowledging a commit before it is durable.
      options: '-c synchronous_commit=on',
    });
    // An idle connection that breaks leaves the pool by itself; the next insert opens another or reports why it can't.
    this.pool.on('error', () => undefined);
  }

  /**
   * Records the rows of one request.
   *
   * @throws TemperedError `Unavailable` where they are not known to be committed: the request must not be answered
   */
  record(rows: readonly Prediction[]): Promise<void> {
    if (this.waitingRows + rows.length > maxWaitingRows) {
      return Promise.reject(
        unrecordable(
          new Error(`${this.waitingRows} rows wait for PostgreSQL already; add capacity or send less`),
        ),
      );
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ rows, resolve, reject });
      this.waitingRows += rows.length;
      this.flush();
    });
  }

  /** Waits for what was given to `record`, then closes the connections. */
  async close(): Promise<void> {
    while (this.writing.size > 0) await Promise.all(this.writing);
    await this.pool.end();
  }

  private flush(): void {
    while (this.writing.size < writers && this.waiting.length > 0) {
      const writing = this.write(this.takeGroup()).finally(() => {
        this.writing.delete(writing);
        this.flush();
      });
      this.writing.add(writing);
    }
  }

  private takeGroup(): Waiting[] {
    let rows = 0;
    let taken = 0;
    for (const request of this.waiting) {
      if (taken > 0 && rows + request.rows.length > maxRowsPerInsert) break;
      rows += request.rows.length;
      taken++;
    }
    this.waitingRows -= rows;
    return this.waiting.splice(0, taken);
  }

  private async write(group: readonly Waiting[]): Promise<void> {
    try {
      await insertPredictions(
        this.pool,
        group.flatMap(({ rows }) => rows),
      );
      for (const { resolve } of group) resolve();
    } catch (error) {
      // One request's bad value must not refuse the others of its group.
      if (group.length > 1 && isRefusedValue(error)) for (const request of group) await this.write([request]);
      else for (const { reject } of group) reject(unrecordable(error));
    }
  }
}

function unrecordable(cause: unknown): TemperedError {
  return new TemperedError(
    'Unavailable',
    `The prediction cannot be recorded, so it is not answered: ${messageOf(cause)}. Try again.`,
    { cause },
  );
}

/** Whether PostgreSQL took offence at a value (SQLSTATE classes 22 and 23), rather than being away. */
function isRefusedValue(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^2[23]/.test(error.code ?? '');
}
