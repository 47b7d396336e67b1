import type { ProcessContext, Service } from './processMain.js';

type StartService = (context: ProcessContext) => Promise<Service>;

/** The processes that Tempered is made of, by name. Each loads only what it needs: TensorFlow has no place in a gateway. */
export const services = {
  'control-worker': async (context) =>
    (await import('./controlWorkerProcess.js')).startControlWorkerProcess(context),
  'gpu-worker': async (context) => (await import('./gpuWorkerProcess.js')).startGpuWorkerProcess(context),
  gateway: async (context) => (await import('./gatewayProcess.js')).startGatewayProcess(context),
} satisfies Record<string, StartService>;

export type ServiceName = keyof typeof services;

export function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(services, name);
}
