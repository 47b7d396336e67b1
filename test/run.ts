/**
 * `npm test [-- <folder or file> …]`: starts one PostgreSQL and one Temporal server, runs the compiled test files
 * that match under node's own test runner, stops everything and passes its exit code on. What needs more than Node lies in
 * test/interop and runs only when it is named, as test/interop.ts does.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrateToLatest, openDatabase } from '../src/store/database.js';
import { findTemporal } from '../src/workers/local/findTemporal.js';
import { freePort } from '../src/workers/local/ports.js';
import { startPostgres } from '../src/workers/local/postgres.js';
import { startTemporal } from '../src/workers/local/temporalServer.js';
import { databaseUrl, templateDatabase } from './support/database.js';

const compiled = fileURLToPath(new URL('.', import.meta.url));
const sources = fileURLToPath(new URL('../../test/', import.meta.url));
/** Of one file; the longest one lives a model's whole life twice over on a slow machine. */
const testTimeoutMs = 15 * 60_000;
const interruptedExitCode = 130;
const say = (message: string): void => console.error(message);

const files = await selectFiles(process.argv.slice(2));
if (files.length === 0) {
  say(
    `No test file matches ${process.argv.slice(2).join(' ')}. Name a folder or file under test/, like test/api.`,
  );
  process.exit(1);
}
process.exit(await runWithServers(files));

/**
 * Compiled test files, by the paths of their sources ("test/api", "test/store/migrations.test.ts"); without any, all
 * that need Node only.
 * The sources are listed, because the compiled file of a test that was removed stays behind.
 */
async function selectFiles(wanted: string[]): Promise<string[]> {
  const prefixes = wanted.map((path) => path.replace(/(\.test)?\.[jt]s$/, '').replace(/\/$/, ''));
  const tests = (await readdir(sources, { recursive: true }))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.test.ts'.length));
  return tests
    .filter((test) => {
      const path = join('test', test);
      if (prefixes.length === 0) return !path.startsWith('test/interop/');
      return prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
    })
    .map((test) => join(compiled, `${test}.test.js`))
    .sort();
}

async function runWithServers(testFiles: string[]): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'tempered-test-'));
  const stops = [(): Promise<void> => rm(home, { recursive: true, force: true, maxRetries: 20 })];
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupted.abort());
  }
  try {
    const { executable } = await findTemporal({ onProgress: say });
    const postgres = await startPostgres({
      dataDirectory: join(home, 'postgres'),
      port: await freePort(),
      durable: false,
      onProgress: say,
    });
    stops.unshift(() => postgres.stop());
    const temporal = await startTemporal({
      executable,
      home,
      keepState: false,
      namespace: 'default',
      port: await freePort(),
      uiPort: null,
      onProgress: say,
    });
    stops.unshift(() => temporal.stop());
    await makeTemplate(postgres.url);
    return await runTests(testFiles, interrupted.signal, {
      TEMPERED_TEST_DATABASE_URL: postgres.url,
      TEMPERED_TEST_TEMPORAL_ADDRESS: temporal.address,
      // The same everywhere, whatever is installed: test/interop runs the tests of training on native TensorFlow too.
      TEMPERED_TENSORFLOW_BACKEND: process.env['TEMPERED_TENSORFLOW_BACKEND'] ?? 'wasm',
      // What a test that was interrupted could not remove goes with everything else.
      TMPDIR: home,
    });
  } finally {
    for (const stop of stops) await stop();
  }
}

async function makeTemplate(server: string): Promise<void> {
  const admin = openDatabase(server, { maxConnections: 1 });
  const template = openDatabase(databaseUrl(server, templateDatabase));
  try {
    await admin.raw('create database ??', [templateDatabase]);
    await migrateToLatest(template);
  } finally {
    await template.destroy();
    await admin.destroy();
  }
}

/** Runs the files under node's test runner. A signal is passed on to it; it then ends its own children. */
function runTests(
  testFiles: string[],
  interrupted: AbortSignal,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  if (interrupted.aborted) return Promise.resolve(interruptedExitCode);
  const flags = [
    '--enable-source-maps',
    '--test',
    '--test-reporter=spec',
    // Some files start a whole local stack, or load both cores: side by side they would measure each other.
    '--test-concurrency=1',
    `--test-timeout=${String(testTimeoutMs)}`,
  ];
  const runner = spawn(process.execPath, [...flags, ...testFiles], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  interrupted.addEventListener('abort', () => runner.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    runner.once('error', reject);
    runner.once('exit', (code) => resolve(interrupted.aborted ? interruptedExitCode : (code ?? 1)));
  });
}
