import { z } from 'zod';
import { dataCheckSchema } from './dataCheck.js';
import { identifierSchema } from './identifiers.js';

export const datasetSchema = z.strictObject({
  /** A source that the worker's configuration knows by this name; a definition cannot name files. */
  source: identifierSchema,
  /** What the snapshot holds: column name → SQL expression over the source's columns. */
  columns: z.record(identifierSchema, z.string().min(1)),
  /** The column that says when the row happened. */
  eventTime: identifierSchema,
  /** The column to predict: true/false or 1/0. */
  target: identifierSchema,
  /** How long after the event its target is known; younger rows are never used. */
  outcomeDelayHours: z.number().min(0).default(0),
  /** What the rows of every window must fulfil; one that does not stops the pipeline. */
  checks: z.array(dataCheckSchema).max(1000).default([]),
});
