/** Quality of scores (probabilities of the positive class) against labels (1 or 0). */
import { tieGroups } from './ranking.js';

type Numbers = ArrayLike<number>;

/**
 * Area under the ROC curve: the chance that a random positive scores above a random negative, ties counting half.
 * From the rank sum with midranks (Hanley and McNeil, Radiology 143, 1982).
 *
 * @throws RangeError where the labels hold one class only, or the lengths differ
 */
export function rocAuc(labels: Numbers, scores: Numbers): number {
  assertSameLength(labels, scores);
  const { order, ends } = tieGroups(scores);
  let [start, positives, negatives, concordant] = [0, 0, 0, 0];
  for (const end of ends) {
    let tiedPositives = 0;
    for (let i = start; i < end; i++) tiedPositives += labels[order[i] ?? 0] ?? 0;
    const tiedNegatives = end - start - tiedPositives;
    concordant += tiedPositives * (negatives + tiedNegatives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    start = end;
  }
  if (positives === 0 || negatives === 0) {
    throw new RangeError('The area under the ROC curve needs labels of both classes.');
  }
  return concordant / (positives * negatives);
}

/** Keeps the logarithm finite for a score of exactly 0 or 1. */
const leastProbability = 1e-7;

/** Log loss (cross-entropy, in nats) of one score, which is first clipped to [1e-7, 1 − 1e-7]. */
export function logLossOf(label: number, score: number): number {
  const clipped = Math.min(Math.max(score, leastProbability), 1 - leastProbability);
  return -Math.log(label === 1 ? clipped : 1 - clipped);
}

/** Mean of `logLossOf` over all rows; NaN where there are none. */
export function meanLogLoss(labels: Numbers, scores: Numbers): number {
  assertSameLength(labels, scores);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += logLossOf(labels[i] ?? Number.NaN, scores[i] ?? Number.NaN);
  return sum / labels.length;
}

/**
 * Expected calibration error: rows are binned by score, and the distances between mean score and share of positives
 * are averaged, each bin weighted by its rows (Naeini, Cooper and Hauskrecht, AAAI 2015; equal-count bins as in
 * Nixon et al., CVPR Workshops 2019). Equal scores always share a bin, so bins may differ in size.
 */
export function expectedCalibrationError(labels: Numbers, scores: Numbers, bins = 10): number {
  assertSameLength(labels, scores);
  const { order, ends } = tieGroups(scores);
  const n = labels.length;
  let [start, filledBins, error] = [0, 0, 0];
  for (const end of ends) {
    if (end < ((filledBins + 1) * n) / bins) continue;
    let surplus = 0;
    for (let i = start; i < end; i++) {
      const row = order[i] ?? 0;
      surplus += (scores[row] ?? 0) - (labels[row] ?? 0);
    }
    error += Math.abs(surplus) / n;
    filledBins = Math.floor((end * bins) / n);
    start = end;
  }
  return error;
}

function assertSameLength(labels: Numbers, scores: Numbers): void {
  if (labels.length === scores.length) return;
  throw new RangeError(`${labels.length} labels do not go with ${scores.length} scores.`);
}
