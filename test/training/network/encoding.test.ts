import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Feature } from '../../../src/domain/feature.js';
import { createEncoder, createEncoding, type Moments } from '../../../src/training/network/encoding.js';
import { createPacker } from '../../../src/training/network/packedRows.js';

const features: Feature[] = [
  { name: 'origin', kind: 'categorical', values: ['ATL', 'ORD'] },
  { name: 'distance', kind: 'numeric' },
  { name: 'delay', kind: 'numeric', missing: { fill: 4 } },
  { name: 'weekday', kind: 'categorical', values: [5, 6] },
];
const moments = new Map<string, Moments>([
  ['distance', { mean: 2, std: 1 }],
  ['delay', { mean: 2, std: 2 }],
]);
const rows = createPacker(features)(
  {
    origin: ['ORD', 'JFK', 'ATL'],
    distance: Float32Array.of(1, 1, 3),
    delay: Float32Array.of(Number.NaN, 0, 4),
    weekday: BigInt64Array.of(6n, 5n, 0n),
  },
  Uint8Array.of(1, 0, 1),
);

describe('the encoding', () => {
  it('standardizes numbers after filling, and gives each declared value a column', () => {
    const encoding = createEncoding(features, moments, {});
    assert.equal(encoding.width, 6);
    const { columns, positions, labels } = createEncoder(features, encoding)(rows);
    assert.deepEqual(Array.from(columns), [-1, 1, 0, 1, 0, 1, -1, -1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0]);
    assert.deepEqual(positions, []);
    assert.deepEqual(Array.from(labels), [1, 0, 1]);
  });

  it('gives embedded features positions instead, the last one for values that are not declared', () => {
    const encoding = createEncoding(features, moments, { origin: 3, weekday: 2 });
    assert.deepEqual(encoding.embedded, [
      { name: 'origin', values: ['ATL', 'ORD'], dimension: 3 },
      { name: 'weekday', values: [5, 6], dimension: 2 },
    ]);
    const { columns, positions } = createEncoder(features, encoding)(rows);
    assert.deepEqual(Array.from(columns), [-1, 1, -1, -1, 1, 1]);
    assert.deepEqual(
      positions.map((found) => Array.from(found)),
      [
        [1, 2, 0],
        [1, 0, 2],
      ],
    );
  });

  it('leaves a constant number finite', () => {
    const constant = new Map([...moments, ['distance', { mean: 7, std: 0 }] as const]);
    assert.deepEqual(createEncoding(features, constant, {}).numeric[0], {
      name: 'distance',
      mean: 7,
      std: 1,
      fill: null,
    });
  });
});
