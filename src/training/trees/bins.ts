/** Cuts the numbers of a feature into at most 256 bins, between which trees may split. */
import { createRandom } from '../../statistics/random.js';

/** A bin is one byte. */
export const maxBins = 256;

/** Numbers from which the cuts of a feature are taken: an even, repeatable sample. */
const sampleSize = 50_000;

/** Keeps an even sample of a stream of unknown length (Vitter's algorithm R). */
export class NumberSample {
  private readonly values: number[] = [];
  private seen = 0;
  private readonly random;

  /** @param stream - of the seed; another feature takes another */
  constructor(seed: number, stream: number) {
    this.random = createRandom(seed, stream);
  }

  addAll(numbers: Float32Array): void {
    for (const value of numbers) {
      this.seen += 1;
      if (this.values.length < sampleSize) {
        this.values.push(value);
        continue;
      }
      const slot = Math.floor(this.random() * this.seen);
      if (slot < sampleSize) this.values[slot] = value;
    }
  }

  /**
   * Where to cut, rising: a number up to the first cut is in bin 0. With few distinct numbers there is a cut between
   * any two of them; with many, each bin holds about as many rows.
   */
  cuts(): Float32Array {
    const sorted = Float32Array.from(this.values).sort();
    const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
    const wanted =
      distinct.length <= maxBins
        ? Array.from(distinct.subarray(1), (_, i) => i)
        : Array.from({ length: maxBins - 1 }, (_, i) => {
            const value = sorted[Math.floor(((i + 1) * sorted.length) / maxBins)] ?? 0;
            return lastBelow(distinct, value);
          });
    const between = wanted.flatMap((i) => {
      const [below, above] = [distinct[i], distinct[i + 1]];
      return below === undefined || above === undefined ? [] : [cutBetween(below, above)];
    });
    return Float32Array.from(between.filter((cut, i) => i === 0 || cut !== between[i - 1]));
  }
}

/** Position of the largest number below this one; −1 where there is none. */
function lastBelow(rising: Float32Array, value: number): number {
  return binOf(rising, value) - 1;
}

/** Half way, but never as large as `above`: in FP32 there may be nothing between two neighbours. */
function cutBetween(below: number, above: number): number {
  const middle = Math.fround(below + (above - below) / 2);
  return middle < above ? middle : below;
}

/** How many cuts lie below the number: its bin, where a number equal to a cut lies left of it. */
export function binOf(cuts: Float32Array, value: number): number {
  let [from, to] = [0, cuts.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((cuts[middle] ?? Number.POSITIVE_INFINITY) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
