import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import {
  findNativePackages,
  installationDirectory,
  packageJsonIn,
  pinnedVersion,
  proofFile,
} from '../../../src/training/tensorflow/nativePackage.js';
import { proveBackend } from '../../../src/training/tensorflow/proveBackend.js';
import { useEmptyCache } from '../emptyCache.js';

const proof = {
  package: '@tensorflow/tfjs-node',
  version: pinnedVersion,
  libtensorflow: '2.15.1',
  source: 'wheel',
  provenAt: '2026-01-01T00:00:00.000Z',
};

/** Files where an installation would have them; `written` is its proof. */
async function pretendInstallation(written: object | null): Promise<string> {
  const directory = installationDirectory('tfjs-node');
  const packageJson = packageJsonIn(directory, 'tfjs-node');
  await mkdir(dirname(packageJson), { recursive: true });
  await writeFile(packageJson, JSON.stringify({ name: '@tensorflow/tfjs-node', version: pinnedVersion }));
  if (written !== null) await writeFile(proofFile(directory), JSON.stringify(written));
  return packageJson;
}

describe('a native TensorFlow in the cache', () => {
  it('counts once it is proven', async (test) => {
    await useEmptyCache(test);
    assert.deepEqual(findNativePackages('tfjs-node'), []);
    const packageJson = await pretendInstallation(proof);
    assert.deepEqual(findNativePackages('tfjs-node'), [packageJson]);
    assert.deepEqual(findNativePackages('tfjs-node-gpu'), []);
  });

  for (const [what, written] of [
    ['without a proof, as an installation that was broken off leaves it', null],
    ['of another version', { ...proof, version: '4.21.0' }],
    ['with a proof of another form', { provenAt: proof.provenAt }],
  ] as const) {
    it(`does not count ${what}`, async (test) => {
      await useEmptyCache(test);
      await pretendInstallation(written);
      assert.deepEqual(findNativePackages('tfjs-node'), []);
    });
  }
});

describe('the proof of a backend', () => {
  it('is a training that learned', async () => {
    const proven = await proveBackend('wasm');
    assert.equal(proven?.backend, 'wasm');
    assert.match(proven.packages['@tensorflow/tfjs-backend-wasm'] ?? '', /^4\./);
  });

  it('is null for one that is not installed', async (test) => {
    await useEmptyCache(test);
    assert.equal(await proveBackend('tfjs-node'), null);
  });

  it('fails with the reason for one that is there and does not load', async (test) => {
    await useEmptyCache(test);
    await pretendInstallation(proof);
    await assert.rejects(proveBackend('tfjs-node'), { code: 'Unavailable', message: /Cannot find module/ });
  });
});
