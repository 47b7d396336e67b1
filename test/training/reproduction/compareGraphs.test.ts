import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Feature } from '../../../src/domain/feature.js';
import { exportBaseRate } from '../../../src/training/onnx/exportBaseRate.js';
import { GraphBuilder } from '../../../src/training/onnx/graphBuilder.js';
import { compareGraphs } from '../../../src/training/reproduction/compareGraphs.js';

const features: Feature[] = [{ name: 'x', kind: 'numeric' }];

function sum(values: number[], operator = 'Add'): Uint8Array {
  const graph = new GraphBuilder(features);
  graph.add(operator, ['x', graph.floats(values, [1, values.length])], { output: 'score' });
  return graph.finish();
}

describe('what two graphs differ in', () => {
  it('numbers: how many, by how much at most, and where', () => {
    const difference = compareGraphs(sum([1, 2, 3]), sum([1, 2.5, 3.25]));
    assert.equal(difference, 'graph: 2 of 3 numbers differ, by up to 0.500 (in /constant_0)');
  });

  it('numbers of an attribute', () => {
    const difference = compareGraphs(exportBaseRate(features, 0.25), exportBaseRate(features, 0.5));
    assert.equal(difference, 'graph: 1 of 1 numbers differ, by up to 0.250 (in score.value)');
  });

  it('how many numbers there are', () => {
    assert.equal(compareGraphs(sum([1, 2]), sum([1])), 'graph: /constant_0 has 2 → 1 numbers');
  });

  it('operators, which say more than their numbers', () => {
    assert.equal(compareGraphs(sum([1]), sum([2], 'Sub')), 'graph: operator 1 is Add → Sub');
    assert.equal(compareGraphs(sum([1]), exportBaseRate(features, 1)), 'graph: operator 1 is Add → Shape');
  });
});
