/**
 * `npm run test:interop [-- <file> …]`: what needs a browser. Finds Chromium, or installs it where it may, and runs
 * test/interop with the same servers as `npm test`. Without a browser it says so and skips; with CI=true it fails.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../src/domain/errors.js';
import { findChromium, installChromium } from './interop/chromium.js';

const runner = fileURLToPath(new URL('run.js', import.meta.url));
const say = (message: string): void => console.error(message);

const chromium = (await findChromium(process.env)) ?? (await installedChromium());
if (typeof chromium === 'string') {
  const wanted = process.argv.slice(2);
  process.exitCode = await runTests(chromium, wanted.length > 0 ? wanted : ['test/interop']);
} else {
  const mustRun = process.env['CI'] === 'true';
  say(
    `${mustRun ? 'FAILED' : 'SKIPPED'}: test/interop did not run, because Chromium is missing and could not be ` +
      `installed (${chromium.absence}).\nInstall it (Debian: "apt-get install chromium"), or set TEMPERED_CHROMIUM ` +
      'to the path of a Chromium or Chrome.',
  );
  process.exitCode = mustRun ? 1 : 0;
}

async function installedChromium(): Promise<string | { absence: string }> {
  try {
    await installChromium(say);
  } catch (error) {
    return { absence: messageOf(error) };
  }
  return (await findChromium(process.env)) ?? { absence: 'its package brought no "chromium" on PATH' };
}

/** Passes signals on to the tests, and waits until they have tidied up. */
function runTests(executable: string, wanted: string[]): Promise<number> {
  const child = spawn(process.execPath, [runner, ...wanted], {
    stdio: 'inherit',
    env: { ...process.env, TEMPERED_CHROMIUM: executable },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
