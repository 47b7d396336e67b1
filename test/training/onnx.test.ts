import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Feature } from '../../src/domain/feature.js';
import type { Encoding } from '../../src/training/network/encoding.js';
import type { DenseLayer, NetworkWeights } from '../../src/training/network/network.js';
import { exportBaseRate } from '../../src/training/onnx/exportBaseRate.js';
import { exportNetwork } from '../../src/training/network/exportNetwork.js';

const features: Feature[] = [
  { name: 'carrier', kind: 'categorical', values: ['AA', 'ÜB'] },
  { name: 'distance', kind: 'numeric' },
  { name: 'weekday', kind: 'categorical', values: [6, -7] },
  { name: 'delay', kind: 'numeric', missing: { fill: 4 } },
];
const encoding: Encoding = {
  numeric: [
    { name: 'distance', mean: 100, std: 50, fill: null },
    { name: 'delay', mean: 2, std: 4, fill: 4 },
  ],
  categorical: [
    { name: 'carrier', values: ['AA', 'ÜB'] },
    { name: 'weekday', values: [6, -7] },
  ],
  embedded: [],
  width: 6,
};

/** Sends encoded column `column` alone to the output, so that the score shows it: score = 1 / (1 + e^−column). */
function showColumn(column: number, inputs = 6): NetworkWeights {
  const kernel = new Float32Array(inputs);
  kernel[column] = 1;
  const layers: DenseLayer[] = [
    { inputs, units: 1, kernel, bias: Float32Array.of(0), activation: 'sigmoid' },
  ];
  return { embeddings: [], layers };
}

const rows = {
  carrier: new Tensor('string', ['ÜB', 'AA', 'ZZ'], [3, 1]),
  distance: new Tensor('float32', Float32Array.of(200, 100, 0), [3, 1]),
  weekday: new Tensor('int64', BigInt64Array.of(-7n, 3n, 6n), [3, 1]),
  delay: new Tensor('float32', Float32Array.of(Number.NaN, 2, 10), [3, 1]),
};

async function scoresOf(model: Uint8Array, feeds: Record<string, Tensor> = rows) {
  const session = await InferenceSession.create(model);
  try {
    const { score } = await session.run(feeds);
    assert.ok(score !== undefined && score.data instanceof Float32Array);
    return { dims: score.dims, scores: Array.from(score.data), inputs: session.inputNames };
  } finally {
    await session.release();
  }
}

const logit = (probability: number) => Math.log(probability / (1 - probability));

describe('an exported network', () => {
  const expectedColumns = [
    { what: 'standardized number', values: [2, 0, -2] },
    { what: 'number with its missing value filled', values: [0.5, 0, 2] },
    { what: 'first string', values: [0, 1, 0] },
    { what: 'second string', values: [1, 0, 0] },
    { what: 'first whole number', values: [0, 0, 1] },
    { what: 'second whole number', values: [1, 0, 0] },
  ];
  expectedColumns.forEach(({ what, values }, column) => {
    it(`encodes raw features: column ${column}, the ${what}`, async () => {
      const { scores } = await scoresOf(exportNetwork(features, encoding, showColumn(column)));
      scores.forEach((score, row) => {
        assert.ok(Math.abs(logit(score) - (values[row] ?? Number.NaN)) < 1e-5, `row ${row}: ${logit(score)}`);
      });
    });
  });

  it('takes one [batch, 1] input per feature, in the order of the definition', async () => {
    const { inputs, dims } = await scoresOf(exportNetwork(features, encoding, showColumn(0)));
    assert.deepEqual(inputs, ['carrier', 'distance', 'weekday', 'delay']);
    assert.deepEqual(dims, [3, 1]);
  });

  it('answers NaN, not a guess, for a missing number without a policy', async () => {
    const distance = new Tensor('float32', Float32Array.of(Number.NaN, 100, 0), [3, 1]);
    const { scores } = await scoresOf(exportNetwork(features, encoding, showColumn(0)), {
      ...rows,
      distance,
    });
    assert.deepEqual(
      scores.map((score) => Number.isNaN(score)),
      [true, false, false],
    );
  });

  it('passes through rectified hidden layers', async () => {
    const hidden: DenseLayer = {
      inputs: 6,
      units: 2,
      // Unit 0 is +distance, unit 1 is −distance.
      kernel: Float32Array.of(1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
      bias: Float32Array.of(0, 0.5),
      activation: 'relu',
    };
    const output: DenseLayer = {
      inputs: 2,
      units: 1,
      kernel: Float32Array.of(1, 2),
      bias: Float32Array.of(-1),
      activation: 'sigmoid',
    };
    const { scores } = await scoresOf(
      exportNetwork(features, encoding, { embeddings: [], layers: [hidden, output] }),
    );
    // distance is 2, 0, −2: relu gives (2, 0), (0, 0.5), (0, 2.5).
    [1, 0, 4].forEach((expected, row) => {
      assert.ok(Math.abs(logit(scores[row] ?? Number.NaN) - expected) < 1e-5, `row ${row}`);
    });
  });

  it('looks embeddings up, with a row of their own for values that are not declared', async () => {
    const embedded: Encoding = {
      numeric: [],
      categorical: [],
      embedded: [
        { name: 'carrier', values: ['AA', 'ÜB'], dimension: 2 },
        { name: 'weekday', values: [6, -7], dimension: 1 },
      ],
      width: 0,
    };
    const embeddings = [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(-1, -2, -3)];
    const expected = [
      [3, 1, 5],
      [4, 2, 6],
      [-2, -3, -1],
    ];
    for (const [column, values] of expected.entries()) {
      const { layers } = showColumn(column, 3);
      const { scores } = await scoresOf(exportNetwork(features, embedded, { embeddings, layers }));
      scores.forEach((score, row) => {
        assert.ok(
          Math.abs(logit(score) - (values[row] ?? Number.NaN)) < 1e-4,
          `column ${column}, row ${row}`,
        );
      });
    }
  });

  it('is the same bytes for the same weights', () => {
    assert.deepEqual(
      exportNetwork(features, encoding, showColumn(1)),
      exportNetwork(features, encoding, showColumn(1)),
    );
  });

  it('refuses a feature with the name of its output', () => {
    assert.throws(() => exportBaseRate([{ name: 'score', kind: 'numeric' }], 0.5), { code: 'InvalidInput' });
  });
});

describe('the exported base rate', () => {
  it('takes all features, and answers the rate for each row', async () => {
    const { inputs, dims, scores } = await scoresOf(exportBaseRate(features, 0.25));
    assert.deepEqual(inputs, ['carrier', 'distance', 'weekday', 'delay']);
    assert.deepEqual(dims, [3, 1]);
    assert.deepEqual(scores, [0.25, 0.25, 0.25]);
  });

  it('refuses rows that lack a feature', async () => {
    const { carrier, weekday, delay } = rows;
    await assert.rejects(scoresOf(exportBaseRate(features, 0.25), { carrier, weekday, delay }), /distance/);
  });
});
