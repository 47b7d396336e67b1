/** What `tempered doctor` looks at. Each check answers what it found, or throws what is wrong and what to do. */
import { Connection } from '@temporalio/client';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { openArtifactStore } from '../../artifacts/openArtifactStore.js';
import { TemperedError } from '../../domain/errors.js';
import type { Feature } from '../../domain/feature.js';
import { createInferencePool } from '../../inference/pool.js';
import { scoreOf } from '../../inference/score.js';
import { exportBaseRate } from '../../training/onnx/exportBaseRate.js';
import { findTemporal } from '../../workers/local/findTemporal.js';
import { findPostgresPrograms } from '../../workers/local/postgresPrograms.js';
import { choosePostgresUser } from '../../workers/local/postgresUser.js';
import { readStackState } from '../../workers/local/stackState.js';
import { temporalConnectionOptions } from '../../workers/temporalConnection.js';
import { withDatabase, readSettings, type DataDirectoryOption } from '../settings.js';

const oldestNode = [20, 11] as const;

export function checkNode(): Promise<string> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const newEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (newEnough) return Promise.resolve(process.version);
  return Promise.reject(
    new TemperedError(
      'Unavailable',
      `${process.version} is too old; Node.js ${oldestNode.join('.')} or newer is needed`,
    ),
  );
}

/** A server that is named must answer; without one, the programs to start one must be here. */
export async function checkPostgres(option: DataDirectoryOption): Promise<string> {
  if (await isConfigured('DATABASE_URL', option)) {
    return withDatabase(option, async (db) => {
      const { rows } = await db.raw<{ rows: unknown[] }>('show server_version');
      const [row] = z.array(z.object({ server_version: z.string() })).parse(rows);
      return `server ${row?.server_version ?? ''} answers`;
    });
  }
  const { postgres } = await findPostgresPrograms();
  await choosePostgresUser(resolve('.'));
  return `can be started here: ${postgres}`;
}

export async function checkTemporal(option: DataDirectoryOption): Promise<string> {
  if (await isConfigured('TEMPORAL_ADDRESS', option)) {
    const config = await readSettings(option);
    const connection = await Connection.connect(temporalConnectionOptions(config));
    try {
      const { serverVersion } = await connection.workflowService.getSystemInfo({});
      return `server ${serverVersion} answers at ${config.TEMPORAL_ADDRESS}`;
    } finally {
      await connection.close();
    }
  }
  const found = await findTemporal({ onProgress: (message) => console.error(message) });
  return `can be started here: ${found.executable} (server ${found.serverVersion})`;
}

/** A file goes in and comes out whole. */
export async function checkArtifacts(option: DataDirectoryOption): Promise<string> {
  const config = await readSettings(option);
  const store = openArtifactStore(config);
  const { sha256 } = await store.putBytes(new TextEncoder().encode('tempered doctor was here'));
  await store.fetch(sha256);
  await store.remove(sha256, new Date());
  return `a file went in and came out: ${config.TEMPERED_ARTIFACTS}`;
}

/** Loads a real graph in an inference thread and asks it for its answer. */
export async function checkOnnxRuntime(): Promise<string> {
  const features: Feature[] = [{ name: 'x', kind: 'numeric' }];
  const folder = await mkdtemp(join(tmpdir(), 'tempered-doctor-'));
  const pool = createInferencePool({ threads: 1 });
  try {
    const file = join(folder, 'model.onnx');
    await writeFile(file, exportBaseRate(features, 0.25));
    await pool.load(file, file);
    const outputs = await pool.run(file, [
      { name: 'x', datatype: 'FP32', shape: [2, 1], data: Float32Array.of(1, 2) },
    ]);
    const scores = scoreOf(outputs, 2, file);
    if (!scores.every((score) => score === 0.25)) {
      throw new TemperedError(
        'Unavailable',
        `it computes wrongly: ${scores.join(', ')} instead of 0.25, 0.25`,
      );
    }
    return 'ran a model';
  } finally {
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  }
}

export async function isConfigured(name: string, { dataDir }: DataDirectoryOption): Promise<boolean> {
  if ((process.env[name] ?? '') !== '') return true;
  return (await readStackState(resolve(dataDir))) !== null;
}
