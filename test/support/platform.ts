import { NativeConnection, type Worker } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import type { ArtifactStore } from '../../src/artifacts/store.js';
import type { SourceConfiguration } from '../../src/domain/sourceConfiguration.js';
import { createInferencePool } from '../../src/inference/pool.js';
import type { Database } from '../../src/store/database.js';
import { createControlWorker } from '../../src/workers/controlWorker.js';
import { createGpuWorker } from '../../src/workers/gpuWorker.js';
import { createTestDatabase } from './database.js';
import { installQuietRuntime } from './quietRuntime.js';
import { writeRows } from './rows.js';
import { createTestNamespace } from './temporal.js';

/** Everything but gateways: a database, a namespace, an artifact store, a source of rows, and our workers. */
export interface Platform {
  db: Database;
  client: Client;
  artifacts: ArtifactStore;
  /** What a worker process of its own needs to join in. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

installQuietRuntime();

/**
 * @param options.gpu - false: nobody trains or evaluates, unless the test starts a worker of its own
 * @param options.control - false: nobody runs workflows, unless the test starts a worker of its own
 * @param options.sources - data sources beside "rows"
 */
export async function createPlatform({
  gpu,
  control = true,
  sources = {},
}: {
  gpu: boolean;
  control?: boolean;
  sources?: Record<string, SourceConfiguration>;
}): Promise<Platform> {
  const directory = await mkdtemp(join(tmpdir(), 'tempered-platform-'));
  const artifactsDirectory = join(directory, 'artifacts');
  const artifacts = openFileSystemArtifactStore(artifactsDirectory);
  const database = await createTestDatabase();
  const { db } = database;
  const temporal = await createTestNamespace();
  const { address, namespace, client } = temporal;
  const connection = await NativeConnection.connect({ address });
  const rows = await writeRows(directory);
  const inference = createInferencePool({ threads: 1 });
  const known = { rows, ...sources };
  const workers: Worker[] = [];
  if (control) {
    workers.push(await createControlWorker({ connection, namespace, db, artifacts, sources: known }));
  }
  if (gpu) workers.push(await createGpuWorker({ connection, namespace, slots: 1, db, artifacts, inference }));
  const running = workers.map((worker) => worker.run());
  return {
    db,
    client,
    artifacts,
    environment: {
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      TEMPERED_ARTIFACTS: artifactsDirectory,
      TEMPERED_SOURCES: JSON.stringify(known),
      TEMPERED_LOG_LEVEL: 'error',
    },
    async close() {
      workers.forEach((worker) => worker.shutdown());
      await Promise.all(running);
      await connection.close();
      await temporal.close();
      await inference.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
