import { openArtifactStore } from '../../artifacts/openArtifactStore.js';
import { createInferencePool } from '../../inference/pool.js';
import { createGpuWorker } from '../gpuWorker.js';
import { connectDatabase, connectTemporal } from './dependencies.js';
import type { ProcessContext, Service } from './processMain.js';
import { parseTrainerModules } from './trainerModules.js';
import { installRuntime, runWorker } from './workerService.js';

/** The process for training and evaluation. */
export async function startGpuWorkerProcess(context: ProcessContext): Promise<Service> {
  const { config, log } = context;
  installRuntime(log);
  const db = await connectDatabase(context);
  const connection = await connectTemporal(context);
  const inference = createInferencePool({ threads: config.TEMPERED_INFERENCE_THREADS });
  const worker = await createGpuWorker({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    slots: config.TEMPERED_GPU_SLOTS,
    db,
    artifacts: openArtifactStore(config),
    inference,
    trainerModules: parseTrainerModules(config.TEMPERED_TRAINERS),
  });
  return runWorker(worker, connection, async () => {
    await inference.close();
    await db.destroy();
  });
}
