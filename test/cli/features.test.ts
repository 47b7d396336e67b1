import { NativeConnection } from '@temporalio/worker';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { materializationId } from '../../src/domain/names.js';
import type { SourceConfiguration } from '../../src/domain/sourceConfiguration.js';
import { createControlWorker } from '../../src/workers/controlWorker.js';
import { writeStackState } from '../../src/workers/local/stackState.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { installQuietRuntime } from '../support/quietRuntime.js';
import { writeRows } from '../support/rows.js';
import { runTempered } from '../support/temperedProgram.js';
import { createTestNamespace, type TestNamespace } from '../support/temporal.js';

installQuietRuntime();
let database: TestDatabase;
let temporal: TestNamespace;
let dataDirectory: string;
let rows: SourceConfiguration;
let stopWorker: () => Promise<void>;
before(async () => {
  database = await createTestDatabase();
  temporal = await createTestNamespace();
  dataDirectory = await mkdtemp(join(tmpdir(), 'tempered-features-cli-'));
  rows = await writeRows(dataDirectory);
  await writeStackState(dataDirectory, {
    ports: { postgres: 1, temporal: 1, temporalUi: 1, gateway: 1 },
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    temporalNamespace: temporal.namespace,
  });
  const connection = await NativeConnection.connect({ address: temporal.address });
  const worker = await createControlWorker({
    connection,
    namespace: temporal.namespace,
    db: database.db,
    artifacts: openFileSystemArtifactStore(join(dataDirectory, 'artifacts')),
    sources: { rows },
  });
  const running = worker.run();
  stopWorker = async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
});
after(async () => {
  await stopWorker();
  await temporal.close();
  await database.drop();
  await rm(dataDirectory, { recursive: true, force: true });
});

function features(...args: string[]) {
  return runTempered(['--data-dir', dataDirectory, 'features', ...args], {
    TEMPERED_SOURCES: JSON.stringify({ rows }),
  });
}

const definitions = {
  entities: [{ name: 'carrier', description: 'an airline', keys: { carrier: 'string' } }],
  featureViews: [
    {
      name: 'carrier-loads',
      description: 'how full the carrier’s journeys are',
      owner: 'tests',
      entity: 'carrier',
      source: 'rows',
      columns: { carrier: 'carrier', departure: 'departure', load: 'load' },
      eventTime: 'departure',
      ingestionTime: 'departure',
      features: { load: { type: 'number', description: 'of the last one' } },
      ttlHours: 24,
    },
  ],
};

test('a view is applied, listed, materialized, checked, scheduled and shown', async () => {
  const file = join(dataDirectory, 'features.json');
  await writeFile(file, JSON.stringify(definitions));
  for (let i = 0; i < 2; i++) {
    const applied = await features('apply', file);
    assert.match(applied.stdout, /feature view carrier-loads is at version 1/, applied.stderr);
  }
  assert.match((await features('list')).stdout, /carrier-loads@1 +carrier +1 +– +– +tests/);

  const early = await features('check', 'carrier-loads');
  assert.equal(early.code, 1);
  assert.match(early.stderr, /not in the online store yet/);

  const materialized = await features('materialize', 'carrier-loads');
  assert.match(
    materialized.stdout,
    /carrier-loads@1: 3 rows, known from 2001-01-01T00:00/,
    materialized.stderr,
  );
  const checked = await features('check', 'carrier-loads@1');
  assert.match(checked.stdout, /3 values are the same online and offline/, checked.stderr);

  await features('schedule', 'carrier-loads');
  const { spec } = await temporal.client.schedule.getHandle(materializationId('carrier-loads', 1)).describe();
  assert.equal(spec.intervals?.[0]?.every, 3_600_000);
  assert.match(
    (await features('schedule', 'carrier-loads', '--remove')).stdout,
    /not materialized by a schedule/,
  );

  const shown = await features('show', 'carrier-loads');
  for (const line of [
    /statistics of 6720 rows of 3 entities/,
    /load +number +– +0/,
    /no model uses it yet/,
  ]) {
    assert.match(shown.stdout, line);
  }
});

test('a skew ends the check with 1 and says which value differs', async () => {
  await database.db('online_features').where({ entity_key: 'BB' }).update({ features: '[7]' });
  const { code, stderr } = await features('check', 'carrier-loads');
  assert.equal(code, 1);
  assert.match(stderr, /1 of 3 values differ[^]*BB +load +0\.\d+ +7/);
});

test('a file with a wrong view registers nothing of it', async () => {
  const file = join(dataDirectory, 'wrong.json');
  const [view] = definitions.featureViews;
  const entities = [{ name: 'other', description: 'another', keys: { id: 'integer' } }];
  await writeFile(file, JSON.stringify({ entities, featureViews: [{ ...view, entity: 'nobody' }] }));
  const { code, stderr } = await features('apply', file);
  assert.equal(code, 1);
  assert.match(stderr, /names the entity "nobody", which is not registered/);
  assert.deepEqual(await database.db('entities').pluck('name'), ['carrier']);
});
