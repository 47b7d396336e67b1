import type { z } from 'zod';
import { TemperedError } from './errors.js';

/**
 * Checks a value that crosses our border.
 *
 * @param what - how the reader knows this value, for the error message ("model definition", "input of trainModel")
 * @throws TemperedError `InvalidInput`, naming each wrong field and what was expected there
 */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.join('.') || '(the whole)'}: ${issue.message}`,
  );
  throw new TemperedError('InvalidInput', `${what} is not valid. ${problems.join('; ')}`);
}
