import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openFileSystemArtifactStore } from '../../../src/artifacts/fileSystem.js';
import { openDatabase, type Database } from '../../../src/store/database.js';
import { controlPlugin } from '../../../src/workers/plugins/controlPlugin.js';
import type { TemperedPlugin } from '../../../src/workers/plugins/temperedPlugin.js';
import { requireEnvironment } from '../../support/environment.js';
import { installQuietRuntime } from '../../support/quietRuntime.js';
import { createTestNamespace, type TestNamespace } from '../../support/temporal.js';

installQuietRuntime();

let temporal: TestNamespace;
let connection: NativeConnection;
let db: Database;
let plugin: TemperedPlugin;
before(async () => {
  temporal = await createTestNamespace();
  connection = await NativeConnection.connect({ address: temporal.address });
  db = openDatabase(requireEnvironment('TEMPERED_TEST_DATABASE_URL'));
  const artifacts = openFileSystemArtifactStore(join(tmpdir(), 'never-written'));
  plugin = controlPlugin({ db, artifacts, sources: {} });
});
after(async () => {
  await connection.close();
  await temporal.close();
  await db.destroy();
});

const createWorker = (options: Pick<WorkerOptions, 'activities' | 'plugins'>) =>
  Worker.create({ connection, namespace: temporal.namespace, taskQueue: 'plugins', ...options });

/** Creates a worker and lets it go at once. */
async function composes(options: Pick<WorkerOptions, 'activities' | 'plugins'>): Promise<string[]> {
  const worker = await createWorker(options);
  const names = [...worker.options.activities.keys()];
  await worker.runUntil(Promise.resolve());
  return names.map(String);
}

describe('a Tempered plugin', () => {
  it("adds its activities, each with our prefix, beside the user's own", async () => {
    const names = await composes({
      activities: { rollBack: () => Promise.resolve('mine') },
      plugins: [plugin],
    });
    assert.ok(names.includes('rollBack'));
    assert.ok(names.includes('tempered.rollBack'));
    assert.deepEqual(
      names.filter((name) => name !== 'rollBack' && !name.startsWith('tempered.')),
      [],
    );
  });

  it('refuses to replace an activity in silence, naming it', async () => {
    const activities = { 'tempered.rollBack': () => Promise.resolve('mine') };
    await assert.rejects(createWorker({ activities, plugins: [plugin] }), {
      message: /"tempered\.control" brings activities that this worker has already: tempered\.rollBack\./,
    });
  });

  it('refuses to be added twice', async () => {
    await assert.rejects(createWorker({ plugins: [plugin, plugin] }), /Add each Tempered plugin once/);
  });
});
