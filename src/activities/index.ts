import { datasetActivities } from './datasets.js';
import type { ControlDependencies, GpuDependencies } from './dependencies.js';
import { evaluationActivities } from './evaluation.js';
import { materializationActivities } from './materialization.js';
import { monitoringActivities } from './monitoring.js';
import { registryActivities } from './registry.js';
import { rollbackActivities } from './rollback.js';
import { rolloutActivities } from './rollout.js';
import { trainingActivities } from './training.js';
import { trialActivities } from './trials.js';
import { tuningActivities } from './tuning.js';

export type { ControlDependencies, GpuDependencies } from './dependencies.js';
export { toRegistration } from './registration.js';

/** Light activities of the task queue `tempered`. */
export function createControlActivities(dependencies: ControlDependencies) {
  return {
    ...datasetActivities(dependencies),
    ...registryActivities(dependencies),
    ...tuningActivities(dependencies),
    ...rolloutActivities(dependencies),
    ...rollbackActivities(dependencies),
    ...monitoringActivities(dependencies),
    ...materializationActivities(dependencies),
  };
}

/** Heavy activities of the task queue `tempered-gpu`. */
export function createGpuActivities(dependencies: GpuDependencies) {
  return {
    ...trainingActivities(dependencies),
    ...trialActivities(dependencies),
    ...evaluationActivities(dependencies),
  };
}

export type ControlActivities = ReturnType<typeof createControlActivities>;
export type GpuActivities = ReturnType<typeof createGpuActivities>;
