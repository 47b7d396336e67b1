import type { Feature } from './feature.js';
import type { TrainerSpec } from './trainerDefinition.js';

/** From the fastest to the one that always works. */
export const tensorFlowBackends = ['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'] as const;
export type TensorFlowBackend = (typeof tensorFlowBackends)[number];

/** Everything a training needs; the same job on the same backend and threads gives the same model, bit for bit. */
export interface TrainingJob {
  runId: string;
  trainer: TrainerSpec;
  seed: number;
  features: Feature[];
  target: string;
  /**
   * Trains on labels shuffled over the rows: a negative control, which no honest validation may pass.
   * Known in the field as y-randomization.
   */
  permuteLabels: boolean;
}

/** What a run cost. */
export interface ResourceUsage {
  /** Of all threads, in the kernel's time too. */
  cpuSeconds: number;
  /** How long a GPU was held; null where none was used. */
  gpuSeconds: number | null;
}

/** How far a training is. Trainers without epochs count what they have: trees, or 1 of 1. */
export interface EpochReport {
  epoch: number;
  epochs: number;
  /** What computes it: a backend of TensorFlow.js, or another engine's name. */
  backend: string;
  /** By name, of this epoch so far: `loss` and whatever else the trainer measures. */
  metrics: Record<string, number>;
}

/** What a training says while it runs; also its heartbeat. */
export interface TrainingProgress extends EpochReport {
  /** The metric `loss`; null where the trainer measures none. */
  loss: number | null;
  /** Whether the epoch is over, so that its metrics stay as they are. */
  epochEnded: boolean;
  /** Of every attempt of this run so far. */
  resources: ResourceUsage;
  /** SHA-256 of the checkpoint in the artifact store from which a retry goes on. */
  checkpointSha256: string | null;
}

export interface MetricPoint {
  name: string;
  step: number;
  value: number;
}

/** Where and with what a run was computed. */
export interface RunEnvironment {
  /** What computed it: a backend of TensorFlow.js, or another engine's name. */
  backend: string;
  /** On which it computed; null where the trainer does not say. With backend and packages it decides the last bits. */
  threads: number | null;
  node: string;
  platform: string;
  cpuModel: string;
  cpuCount: number;
  packages: Record<string, string>;
  gitCommit: string | null;
}

export interface ParityReport {
  rows: number;
  maxAbsoluteDifference: number;
  tolerance: number;
}

export interface TrainingResult {
  modelSha256: string;
  modelBytes: number;
  metrics: MetricPoint[];
  parity: ParityReport;
  environment: RunEnvironment;
  /** Of every attempt of this run. */
  resources: ResourceUsage;
  /** Epoch from which a checkpoint was resumed; 0 for a run in one piece. */
  resumedFromEpoch: number;
  durationMs: number;
  /** What would make training faster on this machine; null where nothing would. */
  advice: string | null;
}
