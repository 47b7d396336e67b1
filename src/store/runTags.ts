import { z } from 'zod';
import { TemperedError } from '../domain/errors.js';
import type { Database } from './database.js';

const maxTags = 50;

/** A tag says something of a run that its trainer did not know. */
export const tagNameSchema = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_.-]*$/,
    'must begin with a letter and hold letters, digits, "_", "-" and "." only',
  )
  .max(63);
export const tagValueSchema = z.string().min(1).max(500);

/**
 * Sets tags of a run, and takes those named in `removed` away. Others stay.
 *
 * @throws TemperedError `NotFound` for no such run, `InvalidInput` for more than 50 tags
 */
export async function tagRun(
  db: Database,
  runId: string,
  change: { set: Readonly<Record<string, string>>; removed: readonly string[] },
): Promise<Record<string, string>> {
  return db.transaction(async (transaction) => {
    const [row] = await transaction('runs')
      .where({ id: runId })
      .update({
        tags: transaction.raw('(tags - ?::text[]) || ?::jsonb', [
          [...change.removed],
          JSON.stringify(change.set),
        ]),
      })
      .returning<{ tags: Record<string, string> }[]>('tags');
    if (row === undefined) throw new TemperedError('NotFound', `There is no run ${runId}.`);
    if (Object.keys(row.tags).length > maxTags) {
      throw new TemperedError(
        'InvalidInput',
        `A run may have ${String(maxTags)} tags. Take some away first.`,
      );
    }
    return row.tags;
  });
}
