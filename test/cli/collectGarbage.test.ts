import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { keepArtifact } from '../../src/activities/keepArtifact.js';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import type { ArtifactStore } from '../../src/artifacts/store.js';
import { collectGarbage } from '../../src/cli/collectGarbage.js';
import { listReferencingColumns } from '../../src/store/artifactReferences.js';
import { recordArtifact } from '../../src/store/artifacts.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { runTempered } from '../support/temperedProgram.js';

const anHourAgo = () => new Date(Date.now() - 3_600_000);
const twoDaysAgo = () => new Date(Date.now() - 48 * 3_600_000);
const bytesOf = (text: string) => new TextEncoder().encode(text);

let database: TestDatabase;
let directory: string;
let artifacts: ArtifactStore;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tempered-gc-'));
  artifacts = openFileSystemArtifactStore(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Stores an artifact as if two days ago; with a kind it is recorded then, too. */
async function plant(content: string, recorded: boolean): Promise<string> {
  const { sha256, bytes } = await artifacts.putBytes(bytesOf(content));
  await utimes(await artifacts.fetch(sha256), twoDaysAgo(), twoDaysAgo());
  if (recorded) {
    await database.db('artifacts').insert({ sha256, bytes, kind: 'dataset', created_at: twoDaysAgo() });
  }
  return sha256;
}

async function refer(sha256: string): Promise<void> {
  await database
    .db('dataset_versions')
    .insert({ id: sha256, manifest: {}, parquet_sha256: sha256, row_count: 0 });
}

async function collect(options: { dryRun?: boolean; store?: ArtifactStore } = {}): Promise<string[]> {
  const found: string[] = [];
  const { dryRun = false, store = artifacts } = options;
  const collection = collectGarbage({ db: database.db, artifacts: store, before: anHourAgo(), dryRun });
  for await (const one of collection) found.push('sha256' in one ? one.sha256 : one.name);
  return found.sort();
}

describe('garbage collection of the artifact store', () => {
  it('never removes what a row refers to, nor what is young', async () => {
    const referred = await plant('referred', true);
    await refer(referred);
    const forgotten = await plant('forgotten', true);
    const unknown = await plant('never recorded', false);
    const young = (await artifacts.putBytes(bytesOf('young'))).sha256;
    const justRecorded = await plant('stored long ago, recorded now', false);
    await recordArtifact(database.db, { sha256: justRecorded, bytes: 1, kind: 'model' });

    const garbage = [forgotten, unknown].sort();
    assert.deepEqual(await collect({ dryRun: true }), garbage);
    assert.equal(await artifacts.has(forgotten), true, 'a dry run removed something');
    assert.deepEqual(await collect(), garbage);
    for (const sha256 of [referred, young, justRecorded]) assert.equal(await artifacts.has(sha256), true);
    for (const sha256 of garbage) assert.equal(await artifacts.has(sha256), false);
    assert.equal((await database.db('artifacts').where({ sha256: forgotten })).length, 0);
    assert.deepEqual(await collect(), []);
  });

  it('counts every foreign key to artifacts as a reference, also of tables that come later', async () => {
    const { db } = database;
    await db.raw('create table later (id integer primary key, "Its File" sha256 references artifacts)');
    const columns = (await listReferencingColumns(db)).map(({ table, column }) => `${table}.${column}`);
    for (const known of [
      ...[
        'dataset_versions.parquet_sha256',
        'model_versions.artifact_sha256',
        'run_artifacts.artifact_sha256',
      ],
      ...['validations.reference_profile_sha256', 'run_checkpoints.artifact_sha256', 'later.Its File'],
      ...['data_requirements.id', 'data_requirements.markdown_sha256'],
    ]) {
      assert.ok(columns.includes(known), `${known} is missing among ${columns.join(', ')}`);
    }
    const sha256 = await plant('named by a later table', true);
    await db('later').insert({ id: 1, 'Its File': sha256 });
    assert.deepEqual(await collect(), []);
    await db('later').delete();
    assert.deepEqual(await collect(), [sha256]);
    await db.raw('drop table later');
  });

  it('cannot forget an artifact that lineage refers to: the database refuses', async () => {
    const sha256 = await plant('referred to for ever', true);
    await refer(sha256);
    await assert.rejects(database.db('artifacts').where({ sha256 }).delete(), /foreign key constraint/);
  });

  it('removes what was left half-written, once it is old', async () => {
    const half = join(directory, 'incoming', 'half');
    await mkdir(join(directory, 'incoming'));
    await writeFile(half, 'ab');
    assert.deepEqual(await collect(), []);
    await utimes(half, twoDaysAgo(), twoDaysAgo());
    assert.deepEqual(await collect(), [half]);
    assert.deepEqual(await collect(), []);
  });

  it('waits for whoever is recording, and spares what he recorded', async () => {
    const sha256 = await plant('recorded meanwhile', false);
    await database.db.transaction(async (recording) => {
      await recordArtifact(recording, { sha256, bytes: 1, kind: 'model' });
      const collected = collect();
      await recording('artifacts').count(); // The collection has nothing but this transaction to wait for.
      await recording.commit();
      assert.deepEqual(await collected, []);
    });
    assert.equal(await artifacts.has(sha256), true);
  });

  it('lets nobody keep what it removed in that moment: he is told to store it again', async () => {
    const content = 'stored again while it is removed';
    const sha256 = await plant(content, false);
    let kept: Promise<unknown> = Promise.resolve();
    const racing: ArtifactStore = {
      ...artifacts,
      async remove(removed, storedBefore) {
        const answer = await artifacts.remove(removed, storedBefore);
        // Somebody stored it just before this removal, and records it now: too late.
        kept = keepArtifact({ db: database.db, artifacts }, { sha256, bytes: 1, kind: 'model' });
        return answer;
      },
    };
    assert.deepEqual(await collect({ store: racing }), [sha256]);
    await assert.rejects(kept, { code: 'Conflict', permanent: false });
    const again = await artifacts.putBytes(bytesOf(content));
    await keepArtifact({ db: database.db, artifacts }, { ...again, kind: 'model' });
    assert.deepEqual(await collect(), []);
    assert.equal(await artifacts.has(sha256), true);
  });

  it('loses nothing while others store and record the same artifacts', async () => {
    const contents = Array.from({ length: 120 }, (_, i) => `raced ${String(i)}`);
    for (const content of contents) await plant(content, false);
    const store = async (content: string): Promise<string> => {
      for (;;) {
        try {
          const reference = await artifacts.putBytes(bytesOf(content));
          await keepArtifact({ db: database.db, artifacts }, { ...reference, kind: 'model' });
          return reference.sha256;
        } catch (error) {
          assert.ok(error instanceof Error && 'code' in error && error.code === 'Conflict', String(error));
        }
      }
    };
    const [stored] = await Promise.all([Promise.all(contents.map(store)), collect(), collect()]);
    for (const sha256 of stored) assert.equal(await artifacts.has(sha256), true, sha256);
  });

  it('is a command', async () => {
    const sha256 = await plant('for the command', true);
    const environment = { DATABASE_URL: database.url, TEMPERED_ARTIFACTS: directory };
    const dry = await runTempered(['artifacts', 'gc', '--dry-run'], environment);
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(
      dry.stdout,
      new RegExp(`^${sha256}  0\\.0 MB  stored .*\\nwould remove 1 \\(0\\.0 MB\\)\\n$`),
    );
    assert.match(
      (await runTempered(['artifacts', 'gc', '--older-than-hours', '72'], environment)).stdout,
      /removed 0/,
    );
    assert.match((await runTempered(['artifacts', 'gc'], environment)).stdout, /removed 1/);
    assert.equal((await runTempered(['artifacts', 'gc', '--older-than-hours', 'x'], environment)).code, 2);
  });
});
