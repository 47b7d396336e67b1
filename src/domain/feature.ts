import { z } from 'zod';
import { identifierSchema } from './identifiers.js';

/**
 * A number, fed to the graph as FP32. `missing` says what a NULL or NaN becomes; without it such a row is an
 * error, in training and in serving alike.
 */
const numericFeatureSchema = z.strictObject({
  name: identifierSchema,
  kind: z.literal('numeric'),
  missing: z.strictObject({ fill: z.number() }).optional(),
});

/** One of a closed list of values: whole numbers are fed as INT64, strings as BYTES. Others count as "none of them". */
const categoricalFeatureSchema = z.strictObject({
  name: identifierSchema,
  kind: z.literal('categorical'),
  values: z.union(
    [z.array(z.int()).min(2).max(10_000), z.array(z.string().min(1)).min(2).max(10_000)],
    'must be 2 to 10,000 values, all whole numbers or all strings',
  ),
});

export const featureSchema = z.discriminatedUnion('kind', [numericFeatureSchema, categoricalFeatureSchema]);

export type Feature = z.output<typeof featureSchema>;
