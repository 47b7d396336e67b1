import type { ModelDefinition } from '../domain/modelDefinition.js';
import { parse } from '../domain/parse.js';
import { trainerSchema } from '../domain/trainerDefinition.js';
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
