/**
 * `npm run test:interop [-- <folder or file> …]`: what needs more than Node. Finds each prerequisite
 * (test/interop/prerequisites.ts), or installs it where it may, and runs test/interop with the same servers as
 * `npm test`. What lacks its prerequisite is skipped, which is said; with CI=true it fails.
 */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../src/domain/errors.js';
import { prerequisites, type Prerequisite } from './interop/prerequisites.js';

const runner = fileURLToPath(new URL('run.js', import.meta.url));
const sources = fileURLToPath(new URL('../../test/interop/', import.meta.url));
const skippedExitCode = process.env['CI'] === 'true' ? 1 : 0;
const say = (message: string): void => console.error(message);

const wanted = process.argv.slice(2);
let tests = wanted.length > 0 ? wanted : await allTests();
const environment: NodeJS.ProcessEnv = {};
const missing: string[] = [];
for (const prerequisite of prerequisites) {
  if (!tests.some((test) => needs(test, prerequisite))) continue;
  const found = await findOrInstall(prerequisite);
  if (typeof found === 'string') {
    environment[prerequisite.variable] = found;
  } else {
    tests = tests.filter((test) => !needs(test, prerequisite));
    missing.push(skipMessage(prerequisite, found.absence));
  }
}
const exitCode = tests.length === 0 ? 0 : await runTests(tests);
missing.forEach(say); // Last, so that nothing scrolls it away.
process.exitCode = exitCode === 0 && missing.length > 0 ? skippedExitCode : exitCode;

/** Folders and files right under test/interop, so that one of them can be left out. */
async function allTests(): Promise<string[]> {
  const entries = await readdir(sources, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() || entry.name.endsWith('.test.ts'))
    .map((entry) => join('test/interop', entry.name));
}

function needs(test: string, { folder }: Prerequisite): boolean {
  return test === folder || test.startsWith(`${folder}/`);
}

async function findOrInstall({ find, install, name }: Prerequisite): Promise<string | { absence: string }> {
  const found = await find(process.env);
  if (found !== null) return found;
  try {
    await install(say);
  } catch (error) {
    return { absence: messageOf(error) };
  }
  return (await find(process.env)) ?? { absence: `its installation left no ${name}` };
}

function skipMessage({ name, folder, advice }: Prerequisite, absence: string): string {
  return (
    `${skippedExitCode === 0 ? 'SKIPPED' : 'FAILED'}: ${folder} did not run, because ${name} is missing and could ` +
    `not be installed (${absence}).\n${advice}`
  );
}

/** Passes signals on to the tests, and waits until they have tidied up. */
function runTests(paths: string[]): Promise<number> {
  const child = spawn(process.execPath, [runner, ...paths], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
