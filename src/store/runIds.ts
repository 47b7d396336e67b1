import { TemperedError } from '../domain/errors.js';
import type { Database } from './database.js';

const fullId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text may be a run's id or the beginning of one. */
export function looksLikeRunId(text: string): boolean {
  const { length } = text;
  return length >= 8 && length <= 36 && matchesPattern(text);
}

function matchesPattern(text: string): boolean {
  const filled = text + '00000000-0000-0000-0000-000000000000'.slice(text.length);
  return fullId.test(filled);
}

/**
 * The run that an id, or its first eight or more characters, stands for.
 *
 * @throws TemperedError `InvalidInput` for what is no such beginning, `NotFound` for none and for more than one
 */
export async function resolveRunId(db: Database, text: string): Promise<string> {
  const given = text.toLowerCase();
  if (!looksLikeRunId(given)) {
    throw new TemperedError(
      'InvalidInput',
      `"${text}" is not the id of a run, nor its first eight or more characters. See: tempered runs list`,
    );
  }
  const found = await findRunIds(db, given);
  const [id] = found;
  if (id === undefined) throw new TemperedError('NotFound', `There is no run ${text}.`);
  if (found.length > 1) {
    throw new TemperedError('NotFound', `More than one run begins with ${text}; name more of it.`);
  }
  return id;
}

/** Up to two runs that begin so. */
export async function findRunIds(db: Database, prefix: string): Promise<string[]> {
  const rows = await db('runs')
    .where('id', '>=', prefix + '00000000-0000-0000-0000-000000000000'.slice(prefix.length))
    .andWhere('id', '<=', prefix + 'ffffffff-ffff-ffff-ffff-ffffffffffff'.slice(prefix.length))
    .limit(2)
    .select<{ id: string }[]>('id');
  return rows.map(({ id }) => id);
}
