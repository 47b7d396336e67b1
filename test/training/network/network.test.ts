import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { loadTensorFlow, type TensorFlow } from '../../../src/training/backend.js';
import { Adam } from '../../../src/training/network/adam.js';
import type { EncodedRows, Encoding } from '../../../src/training/network/encoding.js';
import { rowWeightsOf, weightedCrossEntropy } from '../../../src/training/network/loss.js';
import { Network } from '../../../src/training/network/network.js';

const encoding: Encoding = {
  numeric: [],
  categorical: [],
  embedded: [{ name: 'origin', values: ['ATL', 'ORD', 'LAX'], dimension: 2 }],
  width: 3,
};
const rows: EncodedRows = {
  rows: 3,
  columns: Float32Array.of(1, -2, 0.5, 0.3, 0.2, -1, 2, 0, 1),
  positions: [Int32Array.of(0, 3, 0)],
  labels: Float32Array.of(0, 1, 1),
};

describe('a network', () => {
  let tf: TensorFlow['tf'];
  before(async () => {
    ({ tf } = await loadTensorFlow());
  });

  it('has the gradients that small steps of each weight show, those of embeddings and class weights too', () => {
    const network = new Network(tf, encoding, [4], 1);
    const weights = { positive: 3, negative: 0.5 };
    const measure = (logits: Float32Array) => weightedCrossEntropy(logits, rows.labels, weights);
    const lossNow = () => tf.tidy(() => measure(Float32Array.from(network.logits(rows).dataSync())).loss);
    const gradients = network.gradients(rows, (logits) => measure(logits).slopes);
    assert.equal(gradients.length, network.variables.length);
    for (const [at, variable] of network.variables.entries()) {
      const values = Float32Array.from(variable.dataSync());
      const gradient = gradients[at]?.dataSync() ?? [];
      values.forEach((value, i) => {
        const lossAt = (moved: number) => {
          const changed = values.with(i, moved);
          tf.tidy(() => variable.assign(tf.tensor(changed, variable.shape)));
          return lossNow();
        };
        const slope = (lossAt(value + 0.01) - lossAt(value - 0.01)) / 0.02;
        assert.ok(Math.abs(slope - (gradient[i] ?? Number.NaN)) < 2e-3, `${variable.name} ${String(i)}`);
        lossAt(value);
      });
    }
  });

  it('learns: Adam reaches its answers on a few rows', () => {
    const network = new Network(tf, encoding, [4], 1);
    const adam = new Adam(tf, network.variables);
    const weights = { positive: 1, negative: 1 };
    const losses = Array.from({ length: 200 }, () =>
      tf.tidy(() => {
        let loss = Number.NaN;
        const gradients = network.gradients(rows, (logits) => {
          const measured = weightedCrossEntropy(logits, rows.labels, weights);
          ({ loss } = measured);
          return measured.slopes;
        });
        adam.apply(gradients, 0.05);
        return loss;
      }),
    );
    assert.ok((losses[0] ?? 0) > 0.3);
    assert.ok((losses.at(-1) ?? 1) < 0.05, `the loss is still ${String(losses.at(-1))}`);
  });

  it('begins with weights that follow from the seed', async () => {
    const weightsOf = (seed: number) => new Network(tf, encoding, [4], seed).weights();
    assert.deepEqual(await weightsOf(1), await weightsOf(1));
    assert.notDeepEqual(await weightsOf(1), await weightsOf(2));
  });
});

describe('class weights', () => {
  it('balanced, make both classes weigh the same', () => {
    const { positive, negative } = rowWeightsOf('balanced', { rows: 100, positives: 20 });
    assert.equal(positive * 20, negative * 80);
    assert.equal(positive * 20 + negative * 80, 100);
  });

  it('are 1 where none are given, and what is given otherwise', () => {
    assert.deepEqual(rowWeightsOf(null, { rows: 5, positives: 1 }), { positive: 1, negative: 1 });
    const given = { positive: 4, negative: 2 };
    assert.deepEqual(rowWeightsOf(given, { rows: 5, positives: 1 }), given);
  });
});
