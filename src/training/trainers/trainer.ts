/**
 * What a trainer is: typed parameters, and a function that turns rows into an ONNX graph. Built-in trainers and a
 * user's own module are the same thing; reading the data, checkpoints, parity and the environment are not their
 * business.
 */
import type { ColumnBatch } from '../../domain/dataset.js';
import { messageOf, TemperedError } from '../../domain/errors.js';
import type { Feature } from '../../domain/feature.js';
import type { EpochReport, MetricPoint } from '../../domain/training.js';
import type { TrainingData } from '../trainingData.js';

/** The last checkpoint of this run, as its trainer left it. */
export interface ResumePoint {
  /** Epochs done. */
  epoch: number;
  /** What the trainer gave to `checkpoint`, through JSON and back. */
  state: unknown;
}

export interface TrainingTask {
  seed: number;
  /** What the graph takes, in this order. */
  features: readonly Feature[];
  data: TrainingData;
  /** The file of an imported model or of a user's module; null for every other trainer. */
  file: string | null;
  /** A folder for what does not belong in memory; it goes when the training ends. */
  directory: string;
  /** Null for a training that starts afresh. */
  resumeFrom: ResumePoint | null;
  /** Aborted when the training is cancelled; the process is killed two seconds later. */
  signal: AbortSignal;
  /** Says how far an epoch is, for whoever looks on; nothing is recorded. Once a second is enough. */
  report: (progress: EpochReport) => void;
  /**
   * Ends an epoch: its metrics are recorded with the run, and a retry goes on from `state`.
   *
   * @param state - plain JSON that, with the task, determines all that follows
   */
  checkpoint: (done: EpochReport, state: unknown) => Promise<void>;
}

export interface TrainedModel {
  /** An ONNX file that takes the raw features, one [batch, 1] input each, and answers `score`; see GraphBuilder. */
  model: Uint8Array;
  /** The trainer's own scores of raw rows, from which the graph's may differ by 1e-5 at most. */
  score(batch: ColumnBatch): Promise<Float32Array> | Float32Array;
  /** Metrics beside those of the checkpoints. */
  metrics?: MetricPoint[];
  /** What computed it: a backend of TensorFlow.js, or another engine's name. */
  backend: string;
  /** On which it computed, where their number decides the last bits. */
  threads?: number;
  /** Name → version, of all that decided what was computed; recorded with the run. See `installedVersions`. */
  packages?: Readonly<Record<string, string>>;
  /** What would make training faster on this machine; null where nothing would. */
  advice?: string | null;
}

export interface Trainer {
  /** @throws TemperedError `InvalidInput` where these are no parameters of this trainer */
  train(params: unknown, task: TrainingTask): Promise<TrainedModel>;
}

/**
 * Makes a trainer of a schema for its parameters (zod's, or anything that parses) and a function.
 *
 * @example
 * ```ts
 * export default defineTrainer({
 *   params: z.strictObject({ smoothing: z.number().positive() }),
 *   train: async ({ smoothing }, { data, features }) => ({ model, score, backend: 'rate-table' }),
 * });
 * ```
 */
export function defineTrainer<Params>(definition: {
  params: { parse(given: unknown): Params };
  train(params: Params, task: TrainingTask): Promise<TrainedModel>;
}): Trainer {
  return {
    train: async (given, task) => definition.train(parseParams(definition.params, given), task),
  };
}

function parseParams<Params>(params: { parse(given: unknown): Params }, given: unknown): Params {
  try {
    return params.parse(given);
  } catch (cause) {
    throw new TemperedError('InvalidInput', `The trainer's parameters are not valid: ${messageOf(cause)}`, {
      cause,
    });
  }
}
