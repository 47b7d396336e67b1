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
    (issue) => `${issue.path.join('.') || '(the whole)'}: ${problemOf(issue)}`,
  );
  throw new TemperedError('InvalidInput', `${what} is not valid. ${problems.join('; ')}`);
}

/** Zod says of a record's key only that it is invalid; what is wrong with it lies one level deeper. */
function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_key') return issue.message;
  return issue.issues.map((inner) => inner.message).join(', ');
}
