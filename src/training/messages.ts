/** What a worker and its training process say to each other. */
import { z } from 'zod';
import { featureSchema } from '../domain/feature.js';
import { trainerSchema } from '../domain/trainerDefinition.js';
import type { TemperedErrorCode } from '../domain/errors.js';

/** Every code, which the compiler holds to. */
const errorCodes = {
  InvalidInput: 'InvalidInput',
  NotFound: 'NotFound',
  UnusableData: 'UnusableData',
  CorruptArtifact: 'CorruptArtifact',
  UnusableModel: 'UnusableModel',
  Forbidden: 'Forbidden',
  Conflict: 'Conflict',
  Unavailable: 'Unavailable',
} as const satisfies { [Code in TemperedErrorCode]: Code };

const resourcesSchema = z.strictObject({ cpuSeconds: z.number(), gpuSeconds: z.number().nullable() });

/** The one message to the training process. */
export const startMessageSchema = z.strictObject({
  job: z.strictObject({
    runId: z.string(),
    trainer: trainerSchema,
    seed: z.int(),
    features: z.array(featureSchema),
    target: z.string(),
    permuteLabels: z.boolean(),
  }),
  datasetPath: z.string(),
  checkpointPath: z.string().nullable(),
  /** Of an imported model or a user's module. */
  trainerFile: z.string().nullable(),
  /** An empty folder for checkpoints and the model; the worker removes it. */
  directory: z.string(),
});

const outcomeSchema = z.strictObject({
  metrics: z.array(z.strictObject({ name: z.string(), step: z.int(), value: z.number() })),
  parity: z.strictObject({ rows: z.int(), maxAbsoluteDifference: z.number(), tolerance: z.number() }),
  environment: z.strictObject({
    backend: z.string(),
    threads: z.int().nullable(),
    node: z.string(),
    platform: z.string(),
    cpuModel: z.string(),
    cpuCount: z.int(),
    packages: z.record(z.string(), z.string()),
    gitCommit: z.string().nullable(),
  }),
  /** Of this process alone. */
  resources: resourcesSchema,
  resumedFromEpoch: z.int(),
  advice: z.string().nullable(),
});

/** The messages from it: any number of `progress` and `checkpoint`, then one `done` or `failed`. */
export const trainingMessageSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('progress'),
    epoch: z.int(),
    epochs: z.int(),
    epochEnded: z.boolean(),
    backend: z.string(),
    metrics: z.record(z.string(), z.number()),
    /** Of this process alone. */
    resources: resourcesSchema,
  }),
  z.strictObject({ kind: z.literal('checkpoint'), epoch: z.int(), path: z.string() }),
  z.strictObject({ kind: z.literal('done'), modelPath: z.string(), outcome: outcomeSchema }),
  z.strictObject({
    kind: z.literal('failed'),
    /** Null for an error that is not a TemperedError. */
    code: z.enum(errorCodes).nullable(),
    message: z.string(),
  }),
]);

export type StartMessage = z.output<typeof startMessageSchema>;
export type TrainingMessage = z.output<typeof trainingMessageSchema>;
export type DoneMessage = Extract<TrainingMessage, { kind: 'done' }>;
