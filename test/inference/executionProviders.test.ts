import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { exportSmallNetwork } from '../../src/cli/doctor/executionProviders.js';
import { listExecutionProviders, proveExecutionProvider } from '../../src/inference/executionProviders.js';

describe('execution providers of ONNX Runtime', () => {
  let directory: string;
  let modelPath: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tempered-test-'));
    modelPath = join(directory, 'network.onnx');
    await writeFile(modelPath, exportSmallNetwork());
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('are those that the runtime was built with', async () => {
    const providers = await listExecutionProviders();
    assert.deepEqual(
      providers.find(({ name }) => name === 'cpu'),
      { name: 'cpu', bundled: true },
    );
  });

  it('are proven by running a graph', async () => {
    assert.deepEqual(await proveExecutionProvider('cpu', modelPath), {
      state: 'ok',
      maxAbsoluteDifference: 0,
    });
  });

  it('are not here, or work: the machine decides', async () => {
    for (const { name } of await listExecutionProviders()) {
      const proof = await proveExecutionProvider(name, modelPath);
      assert.notEqual(proof.state, 'failed', `${name}: ${JSON.stringify(proof)}`);
    }
  });

  it('fail where the runtime knows no such provider, or cannot run the graph', async () => {
    assert.equal((await proveExecutionProvider('abacus', modelPath)).state, 'failed');
    const broken = join(directory, 'broken.onnx');
    await writeFile(broken, 'no graph');
    assert.equal((await proveExecutionProvider('cpu', broken)).state, 'failed');
  });
});
