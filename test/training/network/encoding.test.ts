import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Feature } from '../../../src/domain/feature.js';
import { encodeRows, fitEncoding, type RawColumns } from '../../../src/training/network/encoding.js';

const features: Feature[] = [
  { name: 'origin', kind: 'categorical', values: ['ATL', 'ORD'] },
  { name: 'distance', kind: 'numeric' },
  { name: 'delay', kind: 'numeric', missing: { fill: 4 } },
];
const columns: RawColumns = {
  rows: 4,
  numeric: new Map([
    ['distance', Float32Array.of(1, 3, 1, 3)],
    ['delay', Float32Array.of(Number.NaN, 4, 0, 0)],
  ]),
  categorical: new Map([['origin', Uint16Array.of(1, 0, 2, 1)]]),
};

describe('the encoding', () => {
  it('standardizes numbers after filling, and gives each declared value a column', () => {
    const encoding = fitEncoding(features, columns);
    assert.deepEqual(encoding.numeric, [
      { name: 'distance', mean: 2, std: 1, fill: null },
      { name: 'delay', mean: 2, std: 2, fill: 4 },
    ]);
    assert.equal(encoding.width, 4);
    const encoded = new Float32Array(3 * 4);
    encodeRows(encoding, columns, Uint32Array.of(0, 2, 1), encoded);
    assert.deepEqual(Array.from(encoded), [-1, 1, 0, 1, -1, -1, 0, 0, 1, 1, 1, 0]);
  });

  it('leaves a constant number finite', () => {
    const numeric = new Map([...columns.numeric, ['distance', Float32Array.of(7, 7, 7, 7)] as const]);
    assert.deepEqual(fitEncoding(features, { ...columns, numeric }).numeric[0], {
      name: 'distance',
      mean: 7,
      std: 1,
      fill: null,
    });
  });
});
