import { createControlActivities, toRegistration, type ControlDependencies } from '../../activities/index.js';
import { TemperedPlugin } from './temperedPlugin.js';

/**
 * Adds Tempered's light activities to a worker on the task queue `tempered`. The workflows come from your workflow
 * module: `export * from 'tempered/workflows'`.
 *
 * @example
 * ```ts
 * await Worker.create({ connection, taskQueue: controlTaskQueue, workflowsPath, plugins: [controlPlugin({ db, artifacts, sources })] });
 * ```
 */
export function controlPlugin(dependencies: ControlDependencies): TemperedPlugin {
  return new TemperedPlugin('tempered.control', toRegistration(createControlActivities(dependencies)));
}
