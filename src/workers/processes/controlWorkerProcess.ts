import { packageVersion } from '../../api/packageVersion.js';
import { openArtifactStore } from '../../artifacts/openArtifactStore.js';
import type { Config } from '../../config.js';
import { createControlWorker } from '../controlWorker.js';
import { startOpenLineageDelivery } from '../openLineage/delivery.js';
import type { OpenLineageEndpoint } from '../openLineage/endpoint.js';
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
  const delivery = startOpenLineageDelivery({
    db,
    log,
    endpoint: openLineageEndpoint(config),
    producer: { namespace: config.TEMPERED_OPENLINEAGE_NAMESPACE, version: packageVersion },
  });
  return runWorker(worker, connection, async () => {
    await delivery.stop();
    await db.destroy();
  });
}

function openLineageEndpoint(config: Config): OpenLineageEndpoint | null {
  const { TEMPERED_OPENLINEAGE_URL: url, TEMPERED_OPENLINEAGE_API_KEY: apiKey } = config;
  return url === undefined ? null : { url, apiKey };
}
