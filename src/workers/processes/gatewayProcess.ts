import { startGateway } from '../../api/startGateway.js';
import { openArtifactStore } from '../../artifacts/openArtifactStore.js';
import { connectDatabase } from './dependencies.js';
import type { ProcessContext, Service } from './processMain.js';

/** The process that answers predictions. */
export async function startGatewayProcess(context: ProcessContext): Promise<Service> {
  const { config, log } = context;
  const db = await connectDatabase(context);
  const gateway = await startGateway({
    databaseUrl: config.DATABASE_URL,
    host: config.TEMPERED_HOST,
    port: config.TEMPERED_PORT,
    inferenceThreads: config.TEMPERED_INFERENCE_THREADS,
    maxBodyBytes: config.TEMPERED_MAX_BODY_BYTES,
    db,
    artifacts: openArtifactStore(config),
    log,
  });
  let markEnded = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    markEnded = resolve;
  });
  return {
    ended,
    async stop() {
      await gateway.close();
      await db.destroy();
      markEnded();
    },
  };
}
