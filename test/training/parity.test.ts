import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Feature } from '../../src/domain/feature.js';
import { exportBaseRate } from '../../src/training/onnx/exportBaseRate.js';
import { checkParity } from '../../src/training/parity.js';
import { temporaryDirectory } from '../artifacts/temporaryDirectory.js';

const features: Feature[] = [{ name: 'x', kind: 'numeric' }];
const batch = { x: Float32Array.of(1, 2, 3) };

async function modelThatAnswers(test: TestContext, rate: number): Promise<string> {
  const path = join(await temporaryDirectory(test), 'model.onnx');
  await writeFile(path, exportBaseRate(features, rate));
  return path;
}

describe('parity of trainer and graph', () => {
  it('reports the largest difference', async (test) => {
    const expected = Float32Array.of(0.25, 0.250005, 0.25);
    const report = await checkParity(await modelThatAnswers(test, 0.25), features, batch, expected);
    assert.equal(report.rows, 3);
    assert.equal(report.tolerance, 1e-5);
    assert.ok(report.maxAbsoluteDifference > 4e-6 && report.maxAbsoluteDifference < 6e-6);
  });

  it('refuses a graph that answers otherwise, even in one row', async (test) => {
    const model = await modelThatAnswers(test, 0.25);
    for (const different of [0.2501, Number.NaN]) {
      const expected = Float32Array.of(0.25, different, 0.25);
      await assert.rejects(checkParity(model, features, batch, expected), { code: 'UnusableModel' });
    }
  });

  it('refuses a graph that answers no number', async (test) => {
    const model = await modelThatAnswers(test, Number.NaN);
    const expected = Float32Array.of(0.25, 0.25, 0.25);
    await assert.rejects(checkParity(model, features, batch, expected), { code: 'UnusableModel' });
  });
});
