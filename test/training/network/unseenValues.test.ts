import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fillUnseenValues } from '../../../src/training/network/unseenValues.js';

it('values that no row had get the mean of those that rows had, weighted by how many', () => {
  const table = Float32Array.of(1, 10, 99, 99, 3, 30, 99, 99);
  fillUnseenValues(table, Uint32Array.of(3, 0, 1, 0));
  assert.deepEqual(Array.from(table), [1, 10, 1.5, 15, 3, 30, 1.5, 15]);
});
