import { z } from 'zod';
import { identifierSchema } from './identifiers.js';

const sampleSchema = z.strictObject({
  /** Feature → its raw value; null where it is missing. */
  inputs: z.record(identifierSchema, z.union([z.number(), z.string(), z.null()])),
  /** What the model answered in the notebook. */
  score: z.number().min(0).max(1),
});

/** What an imported model says of itself: its manifest, without the file. */
export const importedModelFields = {
  framework: z.strictObject({ name: z.string().min(1), version: z.string().min(1) }),
  /** Up to when, in event time, it has seen rows: it is validated only on later ones. */
  trainedUntil: z.iso.datetime({ offset: true }),
  /** Input of the graph → the feature it takes, or the features that are the columns of its matrix. */
  inputs: z.record(
    z.string().min(1),
    z.union([identifierSchema, z.array(identifierSchema).min(1).max(1000)]),
  ),
  output: z.strictObject({
    /** The output that holds probabilities. */
    name: z.string().min(1),
    /** Of the positive class, in a matrix of probabilities; null where the output has one number per row. */
    column: z.int().min(0).nullable().default(null),
  }),
  /** Rows that were scored in the notebook; the served graph must answer each within 1e-5. */
  samples: z.array(sampleSchema).min(1).max(1000),
  /** What it was trained on, in its author's words. */
  trainedOn: z.string().max(2000).nullable().default(null),
  params: z.record(z.string(), z.unknown()).default({}),
  metrics: z.record(z.string(), z.number()).default({}),
};

export const importedModelSchema = z.strictObject({
  name: z.literal('onnx'),
  /** The ONNX file in the artifact store, where `tempered models import` put it. */
  modelSha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex'),
  ...importedModelFields,
});

export type ImportedModel = z.output<typeof importedModelSchema>;
