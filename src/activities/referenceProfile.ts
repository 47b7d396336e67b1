import type { ColumnBatch } from '../domain/dataset.js';
import type { Feature } from '../domain/feature.js';
import type { ReferenceProfile } from '../domain/monitoring.js';
import { scoreOutput } from '../domain/tensor.js';
import { logLossOf } from '../statistics/classification.js';
import { createRandom } from '../statistics/random.js';

/** Numbers kept of each numeric column: enough for PSI and Kolmogorov–Smirnov, small enough to keep for ever. */
const sampleSize = 5000;

/** Collects, batch by batch, the distribution that monitoring will compare later windows with. */
export class ReferenceProfileBuilder {
  private readonly samples = new Map<string, Reservoir>();
  private readonly counts = new Map<string, Map<string, number>>();

  add(batch: ColumnBatch, features: readonly Feature[]): void {
    for (const feature of features) {
      const column = batch[feature.name];
      if (column === undefined) continue;
      if (feature.kind === 'numeric') this.sampleOf(feature.name).addAll(column);
      else this.count(feature.name, column);
    }
  }

  finish(scores: Float32Array, labels: Float32Array): ReferenceProfile {
    this.sampleOf(scoreOutput).addAll(scores);
    const losses = Array.from(labels, (label, i) => logLossOf(label, scores[i] ?? Number.NaN));
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    const squares = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0);
    return {
      rows: labels.length,
      numeric: Object.fromEntries([...this.samples].map(([name, reservoir]) => [name, reservoir.values])),
      categorical: Object.fromEntries(
        [...this.counts].map(([name, counts]) => [name, Object.fromEntries(counts)]),
      ),
      meanLogLoss: mean,
      logLossVariance: squares / Math.max(losses.length - 1, 1),
      positiveRate: labels.reduce((sum, label) => sum + label, 0) / labels.length,
    };
  }

  private sampleOf(name: string): Reservoir {
    const existing = this.samples.get(name);
    if (existing !== undefined) return existing;
    const reservoir = new Reservoir();
    this.samples.set(name, reservoir);
    return reservoir;
  }

  private count(name: string, column: ColumnBatch[string]): void {
    const counts = this.counts.get(name) ?? new Map<string, number>();
    for (const value of column) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
    this.counts.set(name, counts);
  }
}

/** An even, repeatable sample of a stream of unknown length (Vitter's algorithm R). NaN is left out. */
class Reservoir {
  readonly values: number[] = [];
  private seen = 0;
  private readonly random = createRandom(1);

  addAll(column: ColumnBatch[string]): void {
    for (const value of column) {
      if (typeof value === 'number' && !Number.isNaN(value)) this.add(value);
    }
  }

  private add(value: number): void {
    this.seen += 1;
    if (this.values.length < sampleSize) {
      this.values.push(value);
      return;
    }
    const slot = Math.floor(this.random() * this.seen);
    if (slot < sampleSize) this.values[slot] = value;
  }
}
