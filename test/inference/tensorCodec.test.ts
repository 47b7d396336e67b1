import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModelSignature } from '../../src/domain/tensor.js';
import { decodeInputs, encodeOutputs, tensorRows } from '../../src/inference/tensorCodec.js';

const signature: ModelSignature = {
  inputs: [
    { name: 'distance', datatype: 'FP32', shape: [-1, 1] },
    { name: 'age', datatype: 'FP64', shape: [-1, 1], acceptsMissing: true },
    { name: 'hour', datatype: 'INT64', shape: [-1, 1] },
    { name: 'origin', datatype: 'BYTES', shape: [-1, 1] },
    { name: 'pair', datatype: 'INT32', shape: [-1, 2] },
    { name: 'weekend', datatype: 'BOOL', shape: [-1, 1] },
  ],
  outputs: [],
};

const valid: Record<string, object> = {
  distance: { datatype: 'FP32', shape: [2, 1], data: [0.1, 2] },
  age: { datatype: 'FP64', shape: [2, 1], data: [null, 3.5] },
  hour: { datatype: 'INT64', shape: [2, 1], data: [3, -4] },
  origin: { datatype: 'BYTES', shape: [2, 1], data: ['ATL', 'Zürich 🛫'] },
  pair: { datatype: 'INT32', shape: [2, 2], data: [1, 2, 3, 4] },
  weekend: { datatype: 'BOOL', shape: [2, 1], data: [true, false] },
};

/** The valid inputs, with parts of some replaced; null leaves an input out. */
function inputs(replaced: Record<string, object | null> = {}): unknown[] {
  return Object.entries(valid).flatMap(([name, tensor]) =>
    replaced[name] === null ? [] : [{ name, ...tensor, ...replaced[name] }],
  );
}

describe('decodeInputs', () => {
  it('makes tensors of every datatype, in the order of the signature', () => {
    const tensors = decodeInputs(signature, inputs().reverse());
    assert.deepEqual(
      tensors.map(({ name, data }) => [name, data]),
      [
        ['distance', Float32Array.of(0.1, 2)],
        ['age', Float64Array.of(NaN, 3.5)],
        ['hour', BigInt64Array.of(3n, -4n)],
        ['origin', ['ATL', 'Zürich 🛫']],
        ['pair', Int32Array.of(1, 2, 3, 4)],
        ['weekend', [true, false]],
      ],
    );
  });

  it('takes nested data', () => {
    const nested = decodeInputs(
      signature,
      inputs({
        pair: {
          data: [
            [1, 2],
            [3, 4],
          ],
        },
        distance: { data: [[0.1], [2]] },
      }),
    );
    assert.deepEqual(nested, decodeInputs(signature, inputs()));
  });

  const wrong: [string, unknown, RegExp][] = [
    ['no list', { distance: 1 }, /"inputs" must be a list/],
    ['an input without a name', [{ datatype: 'FP32' }], /needs a "name"/],
    ['a missing feature', inputs({ hour: null }), /missing input "hour" \(INT64/],
    [
      'an unknown input',
      [...inputs(), { name: 'tail' }],
      /unknown input "tail"; the model takes: distance, age/,
    ],
    ['an input given twice', [...inputs(), ...inputs()], /"distance" is given twice/],
    [
      'a wrong datatype',
      inputs({ distance: { datatype: 'FP64' } }),
      /"distance" must have the datatype FP32, not "FP64"/,
    ],
    [
      'a wrong rank',
      inputs({ distance: { shape: [2] } }),
      /"distance" has the shape \[2\], the model takes \[-1, 1\]/,
    ],
    ['a wrong fixed dimension', inputs({ pair: { shape: [1, 4] } }), /"pair" has the shape/],
    ['a shape that is none', inputs({ pair: { shape: ['2', 2] } }), /"pair" has the shape/],
    ['no shape', inputs({ pair: { shape: undefined } }), /"pair" has the shape nothing/],
    ['no rows', inputs({ distance: { shape: [0, 1], data: [] } }), /"distance" has 0 rows/],
    ['too many rows', inputs({ distance: { shape: [1001, 1] } }), /1001 rows; a request carries 1 to 1000/],
    [
      'less data than the shape says',
      inputs({ distance: { data: [1] } }),
      /"distance" has 1 values, its shape \[2, 1\] needs 2/,
    ],
    ['nested data of the wrong length', inputs({ pair: { data: [[1, 2], [3]] } }), /"pair" has 3 values/],
    [
      'data nested too deep',
      inputs({ distance: { data: [[[1]], [[2]]] } }),
      /"distance" has \[1\] at position 0/,
    ],
    ['data that is no list', inputs({ distance: { data: 'AAAA' } }), /"distance" needs "data"/],
    [
      'rows that differ',
      inputs({ age: { shape: [1, 1], data: [1] } }),
      /"age" has 1 rows, the inputs before it 2/,
    ],
    ['a string for a number', inputs({ distance: { data: ['1', 2] } }), /"distance" has "1" at position 0/],
    [
      'null where it may not be missing',
      inputs({ distance: { data: [1, null] } }),
      /"distance" has null at position 1/,
    ],
    ['null for a whole number', inputs({ hour: { data: [null, 1] } }), /"hour" has null/],
    ['a number beyond FP32', inputs({ distance: { data: [1e39, 2] } }), /"distance" has 1e\+39.*FP32/],
    ['an infinite number', inputs({ age: { data: [Infinity, 2] } }), /"age"/],
    ['a fraction for a whole number', inputs({ hour: { data: [1.5, 2] } }), /"hour" has 1.5/],
    [
      'more than INT64 takes from JSON',
      inputs({ hour: { data: [2 ** 53, 2] } }),
      /"hour" has 9007199254740992.*-9007199254740991 to 9007199254740991/,
    ],
    ['more than INT32', inputs({ pair: { data: [2 ** 31, 0, 0, 0] } }), /"pair" has 2147483648/],
    ['a number for a string', inputs({ origin: { data: [1, 'ATL'] } }), /"origin" has 1/],
    ['NUL in a string', inputs({ origin: { data: ['A\0', 'ATL'] } }), /"origin".*without NUL/],
    ['half a surrogate pair', inputs({ origin: { data: ['\ud83d', 'ATL'] } }), /"origin"/],
    ['a number for a truth', inputs({ weekend: { data: [1, 0] } }), /"weekend" has 1/],
  ];
  for (const [what, given, message] of wrong) {
    it(`refuses ${what}, by name`, () => {
      assert.throws(() => decodeInputs(signature, given), { code: 'InvalidInput', message });
    });
  }
});

describe('encodeOutputs', () => {
  it('writes tensors as JSON can hold them', () => {
    const shape = [2, 1];
    assert.deepEqual(
      encodeOutputs([
        { name: 'score', datatype: 'FP32', shape, data: Float32Array.of(0.5, NaN) },
        { name: 'class', datatype: 'INT64', shape, data: BigInt64Array.of(1n, -2n) },
        { name: 'label', datatype: 'BYTES', shape, data: ['late', 'on time'] },
      ]).map(({ data }) => data),
      [
        [0.5, null],
        [1, -2],
        ['late', 'on time'],
      ],
    );
  });
});

describe('tensorRows', () => {
  it('gives what the graph saw, row by row', () => {
    assert.deepEqual(tensorRows(decodeInputs(signature, inputs())), [
      { distance: Math.fround(0.1), age: null, hour: 3, origin: 'ATL', pair: [1, 2], weekend: true },
      { distance: 2, age: 3.5, hour: -4, origin: 'Zürich 🛫', pair: [3, 4], weekend: false },
    ]);
  });
});
