import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadTensorFlow } from '../../src/training/backend.js';

describe('TensorFlow.js', () => {
  it('comes with gradients, on a backend that computes, and says what would be faster', async () => {
    const { tf, backend, advice } = await loadTensorFlow();
    const gradient = tf.grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([3, 4]));
    assert.deepEqual(Array.from(await gradient.data()), [6, 8]);
    assert.notEqual(backend, 'cpu');
    if (backend === 'wasm') assert.match(advice ?? '', /npm install @tensorflow\/tfjs-node/);
  });
});
