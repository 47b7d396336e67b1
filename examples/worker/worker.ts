import { NativeConnection, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { controlPlugin, controlTaskQueue, openDatabase, openArtifactStore, readConfig } from 'tempered';

/** Tempered in a worker of your own: one plugin, and one line in your workflow module. */
const config = readConfig();
const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS });
const db = openDatabase(config.DATABASE_URL);
const worker = await Worker.create({
  connection,
  taskQueue: controlTaskQueue,
  workflowsPath: fileURLToPath(new URL('workflows.js', import.meta.url)),
  plugins: [
    controlPlugin({
      db,
      artifacts: openArtifactStore(config),
      sources: { flights: { kind: 'parquet', path: '/data/flights.parquet' } },
    }),
  ],
});
await worker.run();
await db.destroy();
await connection.close();
