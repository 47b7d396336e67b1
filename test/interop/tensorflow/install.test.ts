import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unpackWheel } from '../../../src/training/tensorflow/wheel.js';
import { runTempered } from '../../support/temperedProgram.js';

const program = fileURLToPath(new URL('../../../src/cli.js', import.meta.url));

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tempered-install-'));
});
after(() => rm(directory, { recursive: true, force: true }));

test('installing again changes nothing, and proves that it trains', async () => {
  const again = await runTempered(['tensorflow', 'install'], {});
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /^tfjs-node was installed already, and trains: libtensorflow 2\.\d+\.\d+ on/);
  assert.equal(again.stderr, '');
  assert.equal((await runTempered(['tensorflow', 'install', '--check'], {})).code, 0);
});

test('the doctor finds it and lets training take it', async () => {
  const { stdout } = await runTempered(['doctor'], {});
  assert.match(stdout, /^tfjs-node +ok +trained a network: .*libtensorflow 2\./m);
  assert.match(stdout, /^TensorFlow\.js +ok +training takes tfjs-node/m);
});

test('an installation that was killed half-way is not one', async () => {
  const environment = { ...process.env, XDG_CACHE_HOME: join(directory, 'cache') };
  const installer = spawn(process.execPath, [program, 'tensorflow', 'install'], {
    env: environment,
    // A group of its own, so that its npm ends with it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(installer.stderr, 'data');
  assert.ok(installer.pid !== undefined);
  process.kill(-installer.pid, 'SIGKILL');
  await once(installer, 'close');
  assert.ok(
    (await readdir(join(directory, 'cache/tempered/tensorflow'))).some((name) =>
      name.endsWith('.unfinished'),
    ),
  );

  const { code, stderr } = await runTempered(['tensorflow', 'install', '--check'], {
    XDG_CACHE_HOME: environment.XDG_CACHE_HOME,
  });
  assert.equal(code, 1);
  assert.match(stderr, /not installed and proven here\. Install it with: tempered tensorflow install/);
});

test('a wheel whose bytes are not the expected ones is refused, and leaves nothing', async () => {
  const deps = join(directory, 'deps');
  const requirement = { pinned: 'six==1.16.0', sha256: '0'.repeat(64) };
  await assert.rejects(unpackWheel([requirement], deps, directory), {
    code: 'Unavailable',
    message: /DO NOT MATCH THE HASHES/,
  });
  assert.ok(!(await readdir(directory)).includes('deps'));
});
