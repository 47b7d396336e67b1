import { logLossOf } from './classification.js';
import type { Interval } from './interval.js';
import { quantile } from './quantile.js';
import { createRandom, type Random } from './random.js';
import { tieGroups, type TieGroups } from './ranking.js';

export interface PairedScores {
  /** 1 or 0. */
  labels: ArrayLike<number>;
  candidateScores: ArrayLike<number>;
  championScores: ArrayLike<number>;
}

export interface PairedDifferences {
  /** Candidate − champion in area under the ROC curve. */
  aucDifference: Interval;
  /** Candidate − champion in mean log loss. */
  logLossDifference: Interval;
}

/**
 * Paired percentile bootstrap (Efron and Tibshirani, "An introduction to the bootstrap", 1993, ch. 13): rows are
 * drawn with replacement, and both models are judged on the same draw. A draw with one class only is drawn again.
 * Lets the event loop turn between draws.
 *
 * @throws RangeError where the labels hold one class only, a score is NaN, or the lengths differ
 */
export async function pairedBootstrap(
  request: PairedScores & { resamples: number; seed: number },
): Promise<PairedDifferences> {
  const rows = prepare(request);
  const random = createRandom(request.seed);
  const aucDifferences = new Float64Array(request.resamples);
  const logLossDifferences = new Float64Array(request.resamples);
  const counts = new Uint16Array(rows.labels.length);
  for (let i = 0; i < request.resamples; i++) {
    drawBothClasses(counts, rows.labels, random);
    aucDifferences[i] = aucDifference(rows, counts);
    logLossDifferences[i] = logLossDifference(rows, counts);
    await new Promise((resolve) => setImmediate(resolve));
  }
  counts.fill(1);
  return {
    aucDifference: percentileInterval(aucDifference(rows, counts), aucDifferences),
    logLossDifference: percentileInterval(logLossDifference(rows, counts), logLossDifferences),
  };
}

interface PreparedRows {
  labels: Uint8Array;
  candidate: TieGroups;
  champion: TieGroups;
  /** Candidate − champion in log loss, row by row. */
  lossDifferences: Float64Array;
}

function prepare({ labels: given, candidateScores, championScores }: PairedScores): PreparedRows {
  if (candidateScores.length !== given.length || championScores.length !== given.length) {
    throw new RangeError('Labels and both scores must have the same length.');
  }
  const labels = Uint8Array.from(given);
  if (!labels.includes(0) || !labels.includes(1)) throw new RangeError('The labels hold one class only.');
  const lossDifferences = Float64Array.from(
    labels,
    (label, i) => logLossOf(label, candidateScores[i] ?? 0) - logLossOf(label, championScores[i] ?? 0),
  );
  const [candidate, champion] = [tieGroups(candidateScores), tieGroups(championScores)];
  return { labels, candidate, champion, lossDifferences };
}

/** Draws as many rows as there are, with replacement; `counts` says how often each was drawn. */
function drawBothClasses(counts: Uint16Array, labels: Uint8Array, random: Random): void {
  const n = counts.length;
  let positives = 0;
  do {
    counts.fill(0);
    positives = 0;
    for (let draw = 0; draw < n; draw++) {
      const row = Math.floor(random() * n);
      counts[row] = (counts[row] ?? 0) + 1;
      positives += labels[row] ?? 0;
    }
  } while (positives === 0 || positives === n);
}

function aucDifference({ labels, candidate, champion }: PreparedRows, counts: Uint16Array): number {
  return weightedAuc(labels, candidate, counts) - weightedAuc(labels, champion, counts);
}

/** As `rocAuc`, of rows sorted beforehand, each counted as often as it was drawn. */
function weightedAuc(labels: Uint8Array, { order, ends }: TieGroups, counts: Uint16Array): number {
  let [start, positives, negatives, concordant] = [0, 0, 0, 0];
  for (const end of ends) {
    let [tied, tiedPositives] = [0, 0];
    for (let i = start; i < end; i++) {
      const row = order[i] ?? 0;
      const count = counts[row] ?? 0;
      tied += count;
      tiedPositives += count * (labels[row] ?? 0);
    }
    const tiedNegatives = tied - tiedPositives;
    concordant += tiedPositives * (negatives + tiedNegatives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    start = end;
  }
  return concordant / (positives * negatives);
}

function logLossDifference({ lossDifferences }: PreparedRows, counts: Uint16Array): number {
  let sum = 0;
  for (let row = 0; row < counts.length; row++) sum += (counts[row] ?? 0) * (lossDifferences[row] ?? 0);
  return sum / counts.length;
}

function percentileInterval(estimate: number, resampled: Float64Array): Interval {
  return { estimate, lower: quantile(resampled, 0.025), upper: quantile(resampled, 0.975) };
}
