import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadTensorFlow } from '../../src/training/backend.js';
import { useEmptyCache } from './emptyCache.js';

describe('TensorFlow.js', () => {
  it('comes with gradients, on the backend that was asked for', async () => {
    const asked = process.env['TEMPERED_TENSORFLOW_BACKEND'];
    const { tf, backend, threads, packages } = await loadTensorFlow();
    const gradient = tf.grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([3, 4]));
    assert.deepEqual(Array.from(await gradient.data()), [6, 8]);
    assert.equal(backend, asked);
    assert.ok(threads >= 1);
    const package_ = backend === 'wasm' ? '@tensorflow/tfjs-backend-wasm' : `@tensorflow/${backend}`;
    assert.match(packages[package_] ?? '', /^\d+\./);
  });

  it('takes the fastest backend that is installed, and says what would be faster', async (test) => {
    await useEmptyCache(test);
    const { backend, advice } = await loadTensorFlow({ backend: null, threads: 1 });
    assert.equal(backend, 'wasm');
    assert.match(advice ?? '', /tempered tensorflow install/);
  });

  it('says how to install a backend that was asked for and is missing', async (test) => {
    await useEmptyCache(test);
    for (const [backend, install] of [
      ['tfjs-node', /tfjs-node was asked for.*not installed.*tempered tensorflow install$/],
      ['tfjs-node-gpu', /tempered tensorflow install --gpu$/],
    ] as const) {
      const load = loadTensorFlow({ backend, threads: 1 });
      await assert.rejects(load, { code: 'Unavailable', message: install });
    }
  });

  it('refuses a backend that does not exist', async () => {
    const given = process.env['TEMPERED_TENSORFLOW_BACKEND'];
    process.env['TEMPERED_TENSORFLOW_BACKEND'] = 'tpu';
    try {
      await assert.rejects(loadTensorFlow(), {
        code: 'InvalidInput',
        message: /TEMPERED_TENSORFLOW_BACKEND/,
      });
    } finally {
      process.env['TEMPERED_TENSORFLOW_BACKEND'] = given;
    }
  });
});
