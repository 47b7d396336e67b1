import { fileURLToPath } from 'node:url';
import { Worker, type NativeConnection } from '@temporalio/worker';
import type { ControlDependencies } from '../activities/index.js';
import { controlTaskQueue } from '../domain/names.js';
import { controlPlugin } from './plugins/controlPlugin.js';

/** The worker for workflows and light activities, composed as a user would compose it. The caller runs it. */
export function createControlWorker(
  options: { connection: NativeConnection; namespace: string } & ControlDependencies,
): Promise<Worker> {
  const { connection, namespace, ...dependencies } = options;
  return Worker.create({
    connection,
    namespace,
    taskQueue: controlTaskQueue,
    workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
    // A waiting activity learns with its heartbeats that it was cancelled.
    maxHeartbeatThrottleInterval: '1s',
    plugins: [controlPlugin(dependencies)],
    shutdownGraceTime: '10s',
  });
}
