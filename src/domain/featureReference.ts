import { z } from 'zod';
import { identifierSchema, modelNameSchema } from './identifiers.js';

/** One exact version of a feature view, as a model uses it. */
export const featureReferenceSchema = z.strictObject({
  view: modelNameSchema,
  version: z.int().positive(),
  /** The entity's key → the column of the model's dataset that holds it. */
  keys: z.record(identifierSchema, identifierSchema),
  /** What the model calls a feature → what the view calls it. */
  features: z
    .record(identifierSchema, identifierSchema)
    .refine((features) => Object.keys(features).length > 0, 'must use at least one feature'),
});

export type FeatureReference = z.output<typeof featureReferenceSchema>;
