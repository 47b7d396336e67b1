import { NativeConnection } from '@temporalio/worker';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { findApiKey, parseApiKey } from '../../src/store/apiKeys.js';
import { createControlWorker } from '../../src/workers/controlWorker.js';
import { writeStackState } from '../../src/workers/local/stackState.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { runTempered } from '../support/temperedProgram.js';
import { createTestNamespace, type TestNamespace } from '../support/temporal.js';

let database: TestDatabase;
let temporal: TestNamespace;
/** A folder like that of a running local stack. */
let dataDirectory: string;
before(async () => {
  database = await createTestDatabase();
  temporal = await createTestNamespace();
  dataDirectory = await mkdtemp(join(tmpdir(), 'tempered-cli-'));
  await writeStackState(dataDirectory, {
    ports: { postgres: 1, temporal: 1, temporalUi: 1, gateway: 1 },
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    temporalNamespace: temporal.namespace,
  });
});
after(async () => {
  await temporal.close();
  await database.drop();
  await rm(dataDirectory, { recursive: true, force: true });
});

function tempered(args: string[], environment: NodeJS.ProcessEnv = {}) {
  return runTempered(['--data-dir', dataDirectory, ...args], environment);
}

const definition = {
  name: 'flight-delay',
  description: 'Will this flight be late?',
  owner: 'tests',
  dataset: {
    source: 'flights',
    columns: { at: 'date', late: 'delay > 15', distance: 'distance' },
    eventTime: 'at',
    target: 'late',
  },
  features: [{ name: 'distance', kind: 'numeric' }],
  training: { days: 30 },
  validation: { days: 5 },
  trainer: { name: 'logistic' },
  baseline: 'base-rate',
  acceptance: { minAuc: 0.5 },
};

test('a wrong call exits with 2 and says what is wrong', async () => {
  for (const [args, complaint] of [
    [['trian', 'x'], /unknown command 'trian'/],
    [['keys', 'create'], /required option '--name <name>'/],
    [['worker', 'tpu'], /Allowed choices are control, gpu/],
    [['rollback', 'flight-delay', '--to-version', 'two'], /not a version number/],
  ] as const) {
    const { code, stderr } = await tempered([...args]);
    assert.equal(code, 2, `tempered ${args.join(' ')}`);
    assert.match(stderr, complaint);
  }
});

test('a failure exits with 1 and prints its message alone; --verbose prints where it came from', async () => {
  const plain = await tempered(['status', 'unknown-model']);
  assert.equal(plain.code, 1);
  assert.match(plain.stderr, /^There is no model "unknown-model"\. Register it with: [^\n]+\n$/);
  const verbose = await tempered(['--verbose', 'status', 'unknown-model']);
  assert.equal(verbose.code, 1);
  assert.match(verbose.stderr, /\n\s+at /);
});

test('without a stack or DATABASE_URL it says how to get one', async () => {
  const { code, stderr } = await tempered(['--data-dir', join(dataDirectory, 'absent'), 'models', 'list']);
  assert.equal(code, 1);
  assert.match(stderr, /tempered dev/);
});

test('a PostgreSQL that does not answer is named without its password', async () => {
  const { code, stderr } = await tempered(['models', 'list'], {
    DATABASE_URL: 'postgres://someone:secret-word@127.0.0.1:1/nothing',
  });
  assert.equal(code, 1);
  assert.match(stderr, /PostgreSQL at 127\.0\.0\.1:1 does not answer/);
  assert.doesNotMatch(stderr, /secret-word/);
});

test('a key is printed once, listed without its secret, and revoked', async () => {
  const created = await tempered(['keys', 'create', '--name', 'client', '--scope', 'predict', 'status']);
  assert.equal(created.code, 0, created.stderr);
  const key = parseApiKey(created.stdout.trim());
  assert.ok(key !== null, created.stdout);

  const listed = await tempered(['keys', 'list']);
  assert.match(listed.stdout, new RegExp(`${key.id} +client +predict,status .*valid`));
  assert.ok(!listed.stdout.includes(key.secret));

  assert.equal((await tempered(['keys', 'revoke', key.id])).code, 0);
  assert.ok((await findApiKey(database.db, key.id))?.revokedAt instanceof Date);
});

test('a scope that does not exist makes no key', async () => {
  const { code, stderr } = await tempered(['keys', 'create', '--name', 'client', '--scope', 'everything']);
  assert.equal(code, 1);
  assert.match(stderr, /--scope.*predict/);
});

test('a definition is registered from JSON and from a module, and a bad one names the field', async () => {
  const json = join(dataDirectory, 'definition.json');
  await writeFile(json, JSON.stringify(definition));
  assert.match((await tempered(['models', 'apply', json])).stdout, /^flight-delay is registered/);

  const module = join(dataDirectory, 'definition.mjs');
  await writeFile(
    module,
    `export const definition = ${JSON.stringify({ ...definition, owner: 'a module' })};`,
  );
  assert.equal((await tempered(['models', 'apply', module])).code, 0);
  const shown = await tempered(['models', 'show', 'flight-delay']);
  assert.match(shown.stdout, /"owner": "a module"/);

  await writeFile(json, JSON.stringify({ ...definition, features: [{ name: 'absent', kind: 'numeric' }] }));
  const refused = await tempered(['models', 'apply', json]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /features\.0\.name: names the column "absent"/);
});

test('a rollback that fails exits with 1 and the message of the failure', async () => {
  const connection = await NativeConnection.connect({ address: temporal.address });
  const worker = await createControlWorker({
    connection,
    namespace: temporal.namespace,
    db: database.db,
    artifacts: openFileSystemArtifactStore(join(dataDirectory, 'artifacts')),
    sources: {},
  });
  const { code, stderr } = await worker.runUntil(tempered(['rollback', 'never-registered']));
  await connection.close();
  assert.equal(code, 1);
  assert.match(stderr, /never-registered/);
  assert.doesNotMatch(stderr, /\n\s+at /, 'no stack trace without --verbose');
});

test('the doctor proves each part by running it, and fails where one is missing', async () => {
  const healthy = await tempered(['doctor']);
  assert.equal(healthy.code, 0, healthy.stdout);
  for (const part of ['PostgreSQL', 'Temporal', 'TensorFlow.js', 'ONNX Runtime']) {
    assert.match(healthy.stdout, new RegExp(`${part.replace('.', '\\.')} +ok`));
  }
  assert.match(healthy.stdout, /^wasm +ok +trained a network/m);
  assert.match(healthy.stdout, /^cpu +ok +trained a network/m);
  assert.match(healthy.stdout, /^cpu +ok +ran a network/m);
  assert.match(healthy.stdout, /^cuda +(ok|not here) /m);
  const ill = await tempered(['doctor'], { DATABASE_URL: 'postgres://someone@127.0.0.1:1/nothing' });
  assert.equal(ill.code, 1);
  assert.match(ill.stdout, /PostgreSQL +FAILED +PostgreSQL at 127\.0\.0\.1:1 does not answer/);
});
