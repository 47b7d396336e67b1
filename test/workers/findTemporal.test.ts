import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { findOnPath } from '../../src/workers/local/executables.js';
import { cachedTemporal, findTemporal } from '../../src/workers/local/findTemporal.js';

let home: string;
let bin: string;
let environment: NodeJS.ProcessEnv;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tempered-find-'));
  bin = join(home, 'bin');
  await mkdir(bin);
  const node = dirname(process.execPath);
  // Nothing of this machine but node and a shell; and a proxy that refuses, so that the download fails at once.
  environment = {
    PATH: bin,
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    HTTPS_PROXY: 'http://127.0.0.1:1',
    TMPDIR: home,
  };
  await symlink(join(node, 'node'), join(bin, 'node'));
  await symlink('/bin/sh', join(bin, 'sh'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const find = (progress: string[] = []) =>
  findTemporal({ environment, onProgress: (message) => progress.push(message) });

/** A program that really runs, and answers `--version` like the Temporal CLI. */
async function writeTemporal(path: string, server: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "temporal version 1.5.1 (Server ${server}, UI 2.42.1)"\n`);
  await chmod(path, 0o755);
}

test('a temporal on PATH comes first', async () => {
  await writeTemporal(join(bin, 'temporal'), '1.28.0');
  await writeTemporal(cachedTemporal(environment), '1.29.1');
  const found = await find();
  assert.deepEqual(found, { executable: join(bin, 'temporal'), source: 'PATH', serverVersion: '1.28.0' });
});

test('a temporal on PATH that is too old is passed over for the one in the cache', async () => {
  await writeTemporal(join(bin, 'temporal'), '1.26.2');
  await writeTemporal(cachedTemporal(environment), '1.29.1');
  const found = await find();
  assert.equal(found.source, 'cache');
  assert.equal(found.executable, cachedTemporal(environment));
});

test('a file in the cache that does not run is not used', async () => {
  await writeTemporal(cachedTemporal(environment), '1.29.1');
  await writeFile(cachedTemporal(environment), 'half a download');
  await assert.rejects(find(), /does not run/);
});

test('where the download is refused it is built with Go, once, and then found in the cache', async () => {
  const calls = join(home, 'go-calls');
  await writeFile(
    join(bin, 'go'),
    `#!/bin/sh\necho "$@" >> ${calls}\n` +
      `printf '#!/bin/sh\\necho "temporal version x (Server 1.29.1, UI y)"\\n' > "$GOBIN/temporal"\n/bin/chmod +x "$GOBIN/temporal"\n`,
  );
  await chmod(join(bin, 'go'), 0o755);

  const progress: string[] = [];
  const both = await Promise.all([find(progress), find(progress)]);
  assert.deepEqual(
    both.map(({ executable }) => executable),
    Array(2).fill(cachedTemporal(environment)),
  );
  assert.equal(
    await readFile(calls, 'utf8'),
    'install github.com/temporalio/cli/cmd/temporal@v1.5.1\n',
    'two starts at once should build it once',
  );
  assert.ok(progress.some((message) => message.includes('about 4 minutes')));
  assert.equal((await find()).source, 'cache');
});

test('where nothing works the error lists what was tried and says what to install', async () => {
  await assert.rejects(find(), (error: Error) => {
    assert.match(error.message, /no "temporal" on PATH/);
    assert.match(error.message, /nothing at .*cache\/tempered\/temporal\/v1\.5\.1\/temporal/);
    assert.match(error.message, /download of the Temporal CLI failed: .*temporal\.download/);
    assert.match(error.message, /build of the Temporal CLI with Go failed: no "go" on PATH/);
    assert.match(error.message, /docs\.temporal\.io\/cli.*Go.*TEMPORAL_ADDRESS/);
    return true;
  });
});

test('PATH is searched in order, past folders that do not exist', async () => {
  const second = join(home, 'second');
  await writeTemporal(join(second, 'temporal'), '1.29.1');
  const path = [join(home, 'absent'), second].join(delimiter);
  assert.equal(await findOnPath('temporal', { PATH: path }), join(second, 'temporal'));
  assert.equal(await findOnPath('temporal', { PATH: bin }), null);
});
