import type { TimeWindow } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import type { ModelDefinition } from '../domain/modelDefinition.js';
import { parse } from '../domain/parse.js';
import { trainerSchema, type TrainerSpec } from '../domain/trainerDefinition.js';
import type { TrainingJob } from '../domain/training.js';
import type { Run } from '../store/runs.js';

/**
 * The job that a run stands for. Trainer and parameters are those recorded with the run, since a trial of a search has
 * others than its definition.
 *
 * @throws TemperedError `InvalidInput` where no trainer of this installation takes them
 */
export function trainingJobOf(run: Run, { features, dataset }: ModelDefinition): TrainingJob {
  const trainer = parse(trainerSchema, { name: run.trainer, ...run.params }, `The trainer of run ${run.id}`);
  return {
    runId: run.id,
    trainer,
    seed: run.seed,
    features,
    target: dataset.target,
    permuteLabels: run.permutedLabels,
  };
}

/**
 * An imported model was trained elsewhere, on rows that only its author knows. It is validated on the window right after
 * the run's training window, which therefore must not end before the rows that it saw (invariant 4).
 *
 * @throws TemperedError `Forbidden`
 */
export function assertSawNothingLater(trainer: TrainerSpec, window: TimeWindow): void {
  if (trainer.name !== 'onnx' || Date.parse(trainer.trainedUntil) <= Date.parse(window.to)) return;
  throw new TemperedError(
    'Forbidden',
    `The imported model has seen rows until ${trainer.trainedUntil}, but this run's training window ends ${window.to}: it would be validated on rows that it was trained on. Train as of a later moment (--as-of), once newer data is there.`,
  );
}
