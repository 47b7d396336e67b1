import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunEnvironment } from '../../../src/domain/training.js';
import { compareEnvironments } from '../../../src/training/reproduction/compareEnvironments.js';
import { compareMetrics } from '../../../src/training/reproduction/compareMetrics.js';

const environment: RunEnvironment = {
  backend: 'wasm',
  threads: 1,
  node: '20.11.0',
  platform: 'linux-x64',
  cpuModel: 'a CPU',
  cpuCount: 2,
  packages: { tempered: '0.1.0', 'onnxruntime-node': '1.30.0' },
  gitCommit: null,
};

describe('what two environments differ in', () => {
  it('is nothing for the same', () => {
    assert.deepEqual(compareEnvironments(environment, { ...environment }), []);
  });

  it('is each fact, with what it was and what it is', () => {
    const now: RunEnvironment = {
      ...environment,
      backend: 'cpu',
      gitCommit: 'abc',
      packages: { tempered: '0.2.0', '@tensorflow/tfjs-core': '4.22.0' },
    };
    assert.deepEqual(compareEnvironments(environment, now), [
      'backend: wasm → cpu',
      'gitCommit: unknown → abc',
      'onnxruntime-node: 1.30.0 → absent',
      'tempered: 0.1.0 → 0.2.0',
      '@tensorflow/tfjs-core: absent → 4.22.0',
    ]);
  });
});

describe('what two series of metrics differ in', () => {
  const points = (name: string, ...values: number[]) =>
    values.map((value, i) => ({ name, step: i + 1, value }));

  it('is nothing where all that was measured again is the same', () => {
    const recorded = [...points('loss', 0.5, 0.4), ...points('auc', 0.7)];
    assert.deepEqual(compareMetrics(recorded, points('loss', 0.5, 0.4)), []);
  });

  it('is the first step at which they part', () => {
    assert.deepEqual(compareMetrics(points('loss', 0.5, 0.4, 0.3), points('loss', 0.5, 0.41, 0.31)), [
      'metric loss: 0.4 → 0.41 at step 2, the first that differs',
    ]);
    assert.deepEqual(compareMetrics(points('loss', 0.5, 0.4), points('loss', 0.5)), [
      'metric loss: 0.4 → absent at step 2, the first that differs',
    ]);
    assert.deepEqual(compareMetrics([], points('loss', 0.5)), ['metric loss: was not recorded']);
  });
});
