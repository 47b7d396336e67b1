/** Quality checks of a dataset: what a definition declares, and what was found. */
import { z } from 'zod';
import { identifierSchema } from './identifiers.js';

const maxShare = z
  .number()
  .min(0)
  .lt(1)
  .default(0)
  .describe('share of the rows that may break the check without stopping the pipeline');

const rangeSchema = z
  .strictObject({
    kind: z.literal('range'),
    column: identifierSchema,
    min: z.number().optional(),
    max: z.number().optional(),
    maxShare,
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'needs min, max or both')
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, 'has min above max');

/** What every window of rows must fulfil before it becomes a dataset version. */
export const dataCheckSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('non-null'), column: identifierSchema, maxShare }),
  /** Both ends belong to the range; NULL is not judged. */
  rangeSchema,
  /** No two rows share the values of these columns; a row with a NULL among them is not judged. */
  z.strictObject({ kind: z.literal('unique'), columns: z.array(identifierSchema).min(1) }),
  /** The window's newest row may be this much older than the window's end. */
  z.strictObject({ kind: z.literal('freshness'), maxAgeHours: z.number().positive() }),
]);

export type DataCheck = z.output<typeof dataCheckSchema>;

/** A check with what was found. "rows" and "target" are always made: the window holds rows, each with a usable target. */
export const checkResultSchema = z.object({
  kind: z.enum(['rows', 'target', 'non-null', 'range', 'unique', 'freshness']),
  columns: z.array(z.string()),
  /** A sentence each, for people. */
  expected: z.string(),
  found: z.string(),
  met: z.boolean(),
  /** Rows of the window, and those of them that break the check. */
  rows: z.int(),
  offendingRows: z.int(),
  /** Event time of the first and the last row that breaks it, ISO 8601; null where there is none. */
  firstAt: z.string().nullable(),
  lastAt: z.string().nullable(),
});

export type CheckResult = z.output<typeof checkResultSchema>;

/** The columns a check looks at; none for one of the whole window. */
export function columnsOf(check: DataCheck): string[] {
  if (check.kind === 'freshness') return [];
  return check.kind === 'unique' ? check.columns : [check.column];
}
