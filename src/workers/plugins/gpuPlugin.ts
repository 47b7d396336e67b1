import { createGpuActivities, toRegistration, type GpuDependencies } from '../../activities/index.js';
import { TemperedPlugin } from './temperedPlugin.js';

/**
 * Adds training and evaluation to a worker on the task queue `tempered-gpu`. Give that worker one activity slot per
 * device (`maxConcurrentActivityTaskExecutions`).
 */
export function gpuPlugin(dependencies: GpuDependencies): TemperedPlugin {
  return new TemperedPlugin('tempered.gpu', toRegistration(createGpuActivities(dependencies)));
}
