import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  expectedCalibrationError,
  logLossOf,
  meanLogLoss,
  rocAuc,
} from '../../src/statistics/classification.js';
import { createRandom } from '../../src/statistics/random.js';
import { assertClose } from './assertClose.js';

const labels = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0];
const scores = [0.9, 0.8, 0.7, 0.6, 0.55, 0.54, 0.53, 0.6, 0.4, 0.4];

describe('the area under the ROC curve', () => {
  it("is scikit-learn's, ties included", () => assertClose(rocAuc(labels, scores), 0.56));

  it('is 1 for a perfect order, 0 for its reverse, one half for none', () => {
    assert.equal(rocAuc([0, 0, 1, 1], [1, 2, 3, 4]), 1);
    assert.equal(rocAuc([1, 1, 0, 0], [1, 2, 3, 4]), 0);
    assert.equal(rocAuc([0, 1, 0, 1], [0.2, 0.2, 0.2, 0.2]), 0.5);
  });

  it('is the share of pairs in the right order', () => {
    const random = createRandom(2);
    const y = Array.from({ length: 300 }, () => (random() < 0.3 ? 1 : 0));
    const s = y.map((label) => Math.round((random() + label / 4) * 20));
    let [right, pairs] = [0, 0];
    for (let i = 0; i < y.length; i++) {
      for (let j = 0; j < y.length; j++) {
        if (y[i] !== 1 || y[j] !== 0) continue;
        pairs++;
        right += Number((s[i] ?? 0) > (s[j] ?? 0)) + Number(s[i] === s[j]) / 2;
      }
    }
    assertClose(rocAuc(y, s), right / pairs);
  });

  it('needs both classes, as many scores as labels, and no NaN', () => {
    assert.throws(() => rocAuc([1, 1], [0.1, 0.2]), RangeError);
    assert.throws(() => rocAuc([1, 0], [0.1]), RangeError);
    assert.throws(() => rocAuc([1, 0], [0.1, Number.NaN]), RangeError);
  });
});

describe('log loss', () => {
  it("is scikit-learn's", () => assertClose(meanLogLoss(labels, scores), 0.7135620841463688));

  it('stays finite for a sure and wrong answer', () => {
    assertClose(logLossOf(1, 0), -Math.log(1e-7));
    assertClose(logLossOf(0, 1), -Math.log(1e-7), 1e-8);
  });
});

describe('the expected calibration error', () => {
  it('averages the distance of mean score and share of positives over the bins', () => {
    // Bins of two: |0.1 − 0|, |0.4 − 0.5|, |0.9 − 1|.
    const error = expectedCalibrationError([0, 0, 1, 0, 1, 1], [0.05, 0.15, 0.35, 0.45, 0.85, 0.95], 3);
    assertClose(error, 0.1);
  });

  it('keeps equal scores in one bin', () => {
    assertClose(expectedCalibrationError([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], new Array<number>(10).fill(0.2)), 0);
  });

  it('is near 0 for scores that tell the truth, and large for those that do not', () => {
    const random = createRandom(4);
    const truth = Array.from({ length: 20_000 }, random);
    const y = truth.map((probability) => (random() < probability ? 1 : 0));
    assert.ok(expectedCalibrationError(y, truth) < 0.02);
    assert.ok(
      expectedCalibrationError(
        y,
        truth.map((probability) => probability / 2),
      ) > 0.2,
    );
  });
});
