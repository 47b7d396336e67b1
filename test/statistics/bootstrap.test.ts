import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pairedBootstrap } from '../../src/statistics/bootstrap.js';
import { meanLogLoss, rocAuc } from '../../src/statistics/classification.js';
import { createRandom } from '../../src/statistics/random.js';
import { assertClose } from './assertClose.js';

/** Rows whose scores carry `signal` of their labels. */
function simulate(rows: number, seed: number) {
  const random = createRandom(seed);
  const labels = Float32Array.from({ length: rows }, () => (random() < 0.3 ? 1 : 0));
  const scoresWith = (signal: number) => labels.map((label) => 0.6 * random() + signal * label + 0.05);
  return { labels, scoresWith };
}

describe('the paired bootstrap', () => {
  it('estimates the differences of the whole sample, inside its interval', async () => {
    const { labels, scoresWith } = simulate(2000, 1);
    const [candidateScores, championScores] = [scoresWith(0.2), scoresWith(0)];
    const found = await pairedBootstrap({ labels, candidateScores, championScores, resamples: 200, seed: 1 });
    const { aucDifference, logLossDifference } = found;
    assertClose(aucDifference.estimate, rocAuc(labels, candidateScores) - rocAuc(labels, championScores));
    assertClose(
      logLossDifference.estimate,
      meanLogLoss(labels, candidateScores) - meanLogLoss(labels, championScores),
      1e-9,
    );
    assert.ok(aucDifference.lower > 0.1 && aucDifference.lower < aucDifference.estimate);
    assert.ok(aucDifference.upper > aucDifference.estimate);
    assert.ok(logLossDifference.upper < 0);
  });

  it('repeats itself with the same seed only', async () => {
    const { labels, scoresWith } = simulate(300, 2);
    const request = {
      labels,
      candidateScores: scoresWith(0.1),
      championScores: scoresWith(0.1),
      resamples: 50,
    };
    const first = await pairedBootstrap({ ...request, seed: 1 });
    assert.deepEqual(await pairedBootstrap({ ...request, seed: 1 }), first);
    assert.notDeepEqual(await pairedBootstrap({ ...request, seed: 2 }), first);
  });

  it('sees no difference between a model and itself', async () => {
    const { labels, scoresWith } = simulate(300, 3);
    const scores = scoresWith(0.1);
    const request = { labels, candidateScores: scores, championScores: scores, resamples: 20, seed: 1 };
    const none = { estimate: 0, lower: 0, upper: 0 };
    assert.deepEqual(await pairedBootstrap(request), { aucDifference: none, logLossDifference: none });
  });

  it('covers no difference about 95 times in 100, for two models of the same worth', async () => {
    let covered = 0;
    for (let seed = 0; seed < 200; seed++) {
      const { labels, scoresWith } = simulate(200, seed);
      const request = { labels, candidateScores: scoresWith(0.1), championScores: scoresWith(0.1) };
      const { aucDifference } = await pairedBootstrap({ ...request, resamples: 100, seed });
      if (aucDifference.lower <= 0 && 0 <= aucDifference.upper) covered++;
    }
    assert.ok(covered > 178 && covered < 200, `${covered} of 200`);
  });

  it('refuses what cannot be compared', async () => {
    const request = { candidateScores: [0.1, 0.2], championScores: [0.1, 0.2], resamples: 1, seed: 1 };
    await assert.rejects(pairedBootstrap({ ...request, labels: [1, 1] }), RangeError);
    await assert.rejects(pairedBootstrap({ ...request, labels: [1, 0, 1] }), RangeError);
  });
});
