import { Worker, type NativeConnection } from '@temporalio/worker';
import type { GpuDependencies } from '../activities/index.js';
import { gpuTaskQueue } from '../domain/names.js';
import { gpuPlugin } from './plugins/gpuPlugin.js';

/** The worker for training and evaluation: one activity slot per device. The caller runs it. */
export function createGpuWorker(
  options: { connection: NativeConnection; namespace: string; slots: number } & GpuDependencies,
): Promise<Worker> {
  const { connection, namespace, slots, ...dependencies } = options;
  return Worker.create({
    connection,
    namespace,
    taskQueue: gpuTaskQueue,
    maxConcurrentActivityTaskExecutions: slots,
    // A heartbeat shows the loss live, and brings a cancellation back; the default withholds it for seconds.
    maxHeartbeatThrottleInterval: '1s',
    plugins: [gpuPlugin(dependencies)],
    shutdownGraceTime: '10s',
  });
}
