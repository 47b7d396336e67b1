import { z } from 'zod';
import { identifierSchema, modelNameSchema } from './identifiers.js';
import { importedModelSchema } from './importedModel.js';

/** Epochs over which the rate first rises from 0 to `learningRate`. */
const warmUp = { warmUpEpochs: z.number().min(0).default(0) };

/** How the learning rate moves after its warm-up, from `learningRate` on. */
const learningRateScheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), ...warmUp }),
  /** Multiplied by `decayPerEpoch` over each epoch, a little with every batch. */
  z.strictObject({ kind: z.literal('exponential'), decayPerEpoch: z.number().gt(0).max(1), ...warmUp }),
  /** Multiplied by `factor` at once, after every `everyEpochs`. */
  z.strictObject({
    kind: z.literal('step'),
    everyEpochs: z.int().min(1),
    factor: z.number().gt(0).max(1),
    ...warmUp,
  }),
  /** Half a cosine, down to `finalFraction` of the rate at the end of the last epoch. */
  z.strictObject({
    kind: z.literal('cosine'),
    finalFraction: z.number().min(0).max(1).default(0),
    ...warmUp,
  }),
]);

/** Ends a training that no longer gets better on rows held out, and restores the weights of its best epoch. */
const earlyStoppingSchema = z.strictObject({
  /** Share of the training window's rows that are held out: the last ones in time. */
  validationFraction: z.number().gt(0).max(0.5).default(0.1),
  /** Epochs in a row that may pass without a better one. */
  patience: z.int().min(1).default(3),
  /** How much smaller the validation's loss must be to count as better. */
  minDelta: z.number().min(0).default(0),
});

/** What a row counts in the loss. `balanced` is n ÷ (2 × rows of its class), so that both classes weigh the same. */
const classWeightsSchema = z.union([
  z.literal('balanced'),
  z.strictObject({ positive: z.number().positive(), negative: z.number().positive() }),
]);

const descentParams = {
  /** At most, where `earlyStopping` is given. */
  epochs: z.int().min(1).max(10_000).default(5),
  batchSize: z.int().min(1).default(512),
  learningRate: z.number().positive().default(0.01),
  learningRateSchedule: learningRateScheduleSchema.prefault({ kind: 'constant' }),
  earlyStopping: earlyStoppingSchema.nullable().default(null),
  classWeights: classWeightsSchema.nullable().default(null),
};

export const logisticSchema = z.strictObject({ name: z.literal('logistic'), ...descentParams });

export const mlpSchema = z.strictObject({
  name: z.literal('mlp'),
  ...descentParams,
  hiddenUnits: z.array(z.int().min(1).max(4096)).min(1).max(8).default([32]),
  /** Categorical feature → numbers that stand for each of its values; the others become one column per value. */
  embeddings: z.record(identifierSchema, z.int().min(1).max(512)).default({}),
});

export const treesSchema = z.strictObject({
  name: z.literal('trees'),
  trees: z.int().min(1).max(2000).default(100),
  /** Levels of splits below the root of each tree. */
  depth: z.int().min(1).max(8).default(5),
  /** Share of each tree's correction that is taken. */
  learningRate: z.number().gt(0).max(1).default(0.1),
  /** Training rows that each side of a split must have. */
  minExamples: z.int().min(1).default(20),
  /** Pulls leaves towards 0, as so much more of curvature would. */
  l2: z.number().min(0).default(1),
  /** Share of the rows that each tree is grown on. */
  rowShare: z.number().gt(0).max(1).default(1),
  /** Rows of the overall average that each category is taken to have beside its own. */
  categorySmoothing: z.number().positive().default(20),
});

/** A trainer of the user's own; the worker's TEMPERED_TRAINERS says in which file it lies. */
export const moduleSchema = z.strictObject({
  name: z.literal('module'),
  module: modelNameSchema,
  /** Checked by the trainer itself, when it trains. */
  params: z.record(z.string(), z.unknown()).default({}),
});

/** A trainer by its name, with its parameters; src/training/trainers/registry.ts says what each name stands for. */
export const trainerSchema = z.discriminatedUnion('name', [
  logisticSchema,
  mlpSchema,
  treesSchema,
  importedModelSchema,
  moduleSchema,
]);

export type TrainerSpec = z.output<typeof trainerSchema>;
export type TrainerName = TrainerSpec['name'];
export type LearningRateSchedule = z.output<typeof learningRateScheduleSchema>;
export type EarlyStopping = z.output<typeof earlyStoppingSchema>;
export type ClassWeights = z.output<typeof classWeightsSchema>;
export type TreesParams = z.output<typeof treesSchema>;
