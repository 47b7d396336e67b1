import { openArtifactStore } from '../../artifacts/openArtifactStore.js';
import { createControlWorker } from '../controlWorker.js';
import { connectDatabase, connectTemporal } from './dependencies.js';
import type { ProcessContext, Service } from './processMain.js';
import { parseSources } from './sources.js';
import { installRuntime, runWorker } from './workerService.js';

/** The process for workflows and light activities. */
export async function startControlWorkerProcess(context: ProcessContext): Promise<Service> {
  const { config, log } = context;
  const sources = parseSources(config.TEMPERED_SOURCES, config.TEMPERED_S3_ENDPOINT);
  installRuntime(log);
  const db = await connectDatabase(context);
  const connection = await connectTemporal(context);
  const worker = await createControlWorker({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    db,
    artifacts: openArtifactStore(config),
    sources,
  });
  return runWorker(worker, connection, () => db.destroy());
}
