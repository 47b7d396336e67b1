/**
 * Sums of gradients by node, feature and bin, and the best split by them (Chen and Guestrin, "XGBoost", KDD 2016,
 * equations 6 and 7; histograms as in Ke et al., "LightGBM", NeurIPS 2017).
 */
import { maxBins } from './bins.js';

export interface Sums {
  gradient: number;
  hessian: number;
  rows: number;
}

export interface Split {
  feature: number;
  bin: number;
  gain: number;
  left: Sums;
  right: Sums;
}

const fields = 3;

export class Histogram {
  private readonly sums: Float64Array;

  constructor(
    nodes: number,
    private readonly features: number,
  ) {
    this.sums = new Float64Array(nodes * features * maxBins * fields);
  }

  add(node: number, bins: readonly Uint8Array[], row: number, gradient: number, hessian: number): void {
    const { sums } = this;
    let base = node * this.features * maxBins * fields;
    for (const featureBins of bins) {
      const at = base + (featureBins[row] ?? 0) * fields;
      sums[at] = (sums[at] ?? 0) + gradient;
      sums[at + 1] = (sums[at + 1] ?? 0) + hessian;
      sums[at + 2] = (sums[at + 2] ?? 0) + 1;
      base += maxBins * fields;
    }
  }

  /** Of all rows of a node. */
  totalOf(node: number): Sums {
    const total: Sums = { gradient: 0, hessian: 0, rows: 0 };
    for (let bin = 0; bin < maxBins; bin++) this.addBin(total, node, 0, bin);
    return total;
  }

  /**
   * The split that lowers the loss most; among equals that of the first feature and the lowest bin. Null where none
   * does, or each leaves fewer than `minExamples` rows on one side.
   */
  bestSplit(node: number, { l2, minExamples }: { l2: number; minExamples: number }): Split | null {
    const total = this.totalOf(node);
    const whole = quality(total, l2);
    let best: Split | null = null;
    for (let feature = 0; feature < this.features; feature++) {
      const left: Sums = { gradient: 0, hessian: 0, rows: 0 };
      for (let bin = 0; bin < maxBins - 1; bin++) {
        if (!this.addBin(left, node, feature, bin)) continue;
        const right = {
          gradient: total.gradient - left.gradient,
          hessian: total.hessian - left.hessian,
          rows: total.rows - left.rows,
        };
        if (right.rows < minExamples) break;
        if (left.rows < minExamples) continue;
        const gain = (quality(left, l2) + quality(right, l2) - whole) / 2;
        if (gain > Math.max(best?.gain ?? 0, leastGain))
          best = { feature, bin, gain, left: { ...left }, right };
      }
    }
    return best;
  }

  /** @returns whether the bin has rows */
  private addBin(to: Sums, node: number, feature: number, bin: number): boolean {
    const at = ((node * this.features + feature) * maxBins + bin) * fields;
    const rows = this.sums[at + 2] ?? 0;
    to.gradient += this.sums[at] ?? 0;
    to.hessian += this.sums[at + 1] ?? 0;
    to.rows += rows;
    return rows > 0;
  }
}

/** Less is what rounding alone may show. */
const leastGain = 1e-9;

function quality({ gradient, hessian }: Sums, l2: number): number {
  const divisor = hessian + l2;
  return divisor > 0 ? gradient ** 2 / divisor : 0;
}

/** What a leaf with these rows adds to their logit, before it is slowed down by the learning rate. */
export function leafValue({ gradient, hessian }: Sums, l2: number): number {
  const divisor = hessian + l2;
  return divisor > 0 ? -gradient / divisor : 0;
}
