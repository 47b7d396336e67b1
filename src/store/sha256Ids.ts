import { TemperedError } from '../domain/errors.js';
import type { Database } from './database.js';

/**
 * The row of a table that a SHA-256 id, or its first eight or more characters, stands for.
 *
 * @param what - how the reader knows it: "dataset version"
 * @throws TemperedError `InvalidInput` for what is no such beginning, `NotFound` for none and for more than one
 */
export async function resolveSha256Id(
  db: Database,
  table: 'dataset_versions' | 'data_requirements',
  what: string,
  text: string,
): Promise<string> {
  if (!/^[0-9a-f]{8,64}$/.test(text)) {
    throw new TemperedError(
      'InvalidInput',
      `"${text}" is not the id of a ${what}, nor its first eight or more characters.`,
    );
  }
  const rows = await db(table)
    .where('id', '>=', text.padEnd(64, '0'))
    .andWhere('id', '<=', text.padEnd(64, 'f'))
    .limit(2)
    .select<{ id: string }[]>('id');
  const [found] = rows;
  if (found === undefined) throw new TemperedError('NotFound', `There is no ${what} ${text}.`);
  if (rows.length > 1)
    throw new TemperedError('NotFound', `More than one ${what} begins with ${text}; name more of it.`);
  return found.id;
}
