/** What a training costs, for its run. */
import type { ResourceUsage } from '../domain/training.js';

export const noResources: ResourceUsage = { cpuSeconds: 0, gpuSeconds: null };

/** What this process cost so far. TensorFlow holds the GPU from start to end, whether its kernels run or not. */
export function resourcesOfProcess(backend: string): ResourceUsage {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    gpuSeconds: backend === 'tfjs-node-gpu' ? process.uptime() : null,
  };
}

export function addResources(one: ResourceUsage, other: ResourceUsage): ResourceUsage {
  const noGpu = one.gpuSeconds === null && other.gpuSeconds === null;
  return {
    cpuSeconds: one.cpuSeconds + other.cpuSeconds,
    gpuSeconds: noGpu ? null : (one.gpuSeconds ?? 0) + (other.gpuSeconds ?? 0),
  };
}
