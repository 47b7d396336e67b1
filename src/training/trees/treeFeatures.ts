/**
 * How raw features become the numbers that trees are split on: one FP32 number per feature. A category becomes the
 * smoothed share of positives among its training rows, so that a threshold splits its values in the order that separates
 * the classes best (Micci-Barreca, SIGKDD Explorations 3, 2001); any other value becomes the share among all rows.
 *
 * Invariant: the served graph computes these very numbers, so that it takes the same branches.
 */
import type { ColumnBatch } from '../../domain/dataset.js';
import { TemperedError } from '../../domain/errors.js';
import type { Feature } from '../../domain/feature.js';
import type { LabelledBatch, TrainingData } from '../trainingData.js';

export interface NumericTreeFeature {
  name: string;
  kind: 'numeric';
  /** What NaN becomes; null where the definition declares nothing, so that there is none. */
  fill: number | null;
}

export interface CategoricalTreeFeature {
  name: string;
  kind: 'categorical';
  values: readonly number[] | readonly string[];
  /** FP32, for each of the values. */
  numbers: Float32Array;
  /** FP32, for any other value. */
  other: number;
}

export type TreeFeature = NumericTreeFeature | CategoricalTreeFeature;

const batchRows = 65_536;

/**
 * Counts every category over the training rows.
 *
 * @param smoothing - rows of the average that each category is thought to have beside its own
 * @throws TemperedError `UnusableData` for NaN in a feature without a `missing` policy, and for infinite numbers
 */
export async function fitTreeFeatures(
  features: readonly Feature[],
  data: TrainingData,
  smoothing: number,
): Promise<TreeFeature[]> {
  const counters = features.map((feature) =>
    feature.kind === 'categorical' ? new CategoryCounter(feature.values) : null,
  );
  const problems = features.map(() => ({ missing: 0, infinite: 0 }));
  for await (const { columns, labels } of data.batches({ batchRows })) {
    features.forEach(({ name }, i) => {
      const column = columns[name] ?? [];
      counters[i]?.add(column, labels);
      const found = problems[i];
      if (column instanceof Float32Array && found !== undefined) countProblems(column, found);
    });
  }
  const rate = data.positives / data.rows;
  return features.map((feature, i) => {
    if (feature.kind === 'categorical') {
      const numbers = counters[i]?.shares(rate, smoothing) ?? new Float32Array();
      return {
        name: feature.name,
        kind: 'categorical',
        values: feature.values,
        numbers,
        other: Math.fround(rate),
      };
    }
    const fill = feature.missing === undefined ? null : Math.fround(feature.missing.fill);
    checkNumbers(feature.name, fill, problems[i] ?? { missing: 0, infinite: 0 }, data.rows);
    return { name: feature.name, kind: 'numeric', fill };
  });
}

class CategoryCounter {
  private readonly positions: Map<number | string, number>;
  private readonly rows: Float64Array;
  private readonly positives: Float64Array;

  constructor(values: readonly number[] | readonly string[]) {
    this.positions = positionsOf(values);
    this.rows = new Float64Array(values.length);
    this.positives = new Float64Array(values.length);
  }

  add(column: ColumnBatch[string], labels: LabelledBatch['labels']): void {
    let row = 0;
    for (const value of column) {
      const position = this.positions.get(keyOf(value));
      if (position !== undefined) {
        this.rows[position] = (this.rows[position] ?? 0) + 1;
        this.positives[position] = (this.positives[position] ?? 0) + (labels[row] ?? 0);
      }
      row += 1;
    }
  }

  shares(rate: number, smoothing: number): Float32Array {
    return Float32Array.from(
      this.rows,
      (rows, i) => ((this.positives[i] ?? 0) + rate * smoothing) / (rows + smoothing),
    );
  }
}

/** The numbers of each feature for a batch of raw rows. */
export function treeNumbers(features: readonly TreeFeature[], columns: ColumnBatch): Float32Array[] {
  return features.map((feature) => {
    const column = columns[feature.name] ?? [];
    if (feature.kind === 'categorical') return categoryNumbers(feature, column);
    const { fill } = feature;
    const numbers = column instanceof Float32Array ? column : new Float32Array();
    return fill === null ? numbers : numbers.map((value) => (Number.isNaN(value) ? fill : value));
  });
}

function categoryNumbers(
  { values, numbers, other }: CategoricalTreeFeature,
  column: ColumnBatch[string],
): Float32Array {
  const positions = positionsOf(values);
  const found = new Float32Array(column.length);
  let row = 0;
  for (const value of column) {
    const position = positions.get(keyOf(value));
    found[row++] = position === undefined ? other : (numbers[position] ?? other);
  }
  return found;
}

function positionsOf(values: readonly number[] | readonly string[]): Map<number | string, number> {
  const positions = new Map<number | string, number>();
  values.forEach((value, position) => positions.set(value, position));
  return positions;
}

function keyOf(value: number | bigint | string): number | string {
  return typeof value === 'bigint' ? Number(value) : value;
}

interface Problems {
  missing: number;
  infinite: number;
}

function countProblems(column: Float32Array, found: Problems): void {
  for (const value of column) {
    if (Number.isNaN(value)) found.missing += 1;
    else if (!Number.isFinite(value)) found.infinite += 1;
  }
}

function checkNumbers(
  name: string,
  fill: number | null,
  { missing, infinite }: Problems,
  rows: number,
): void {
  if (missing > 0 && fill === null) {
    throw new TemperedError(
      'UnusableData',
      `Feature "${name}" is NULL or NaN in ${missing} of ${rows} rows. Declare what that becomes ("missing": {"fill": 0}), or clean it in dataset.columns.`,
    );
  }
  if (infinite > 0) {
    throw new TemperedError(
      'UnusableData',
      `Feature "${name}" is infinite in ${infinite} of ${rows} rows. Bound it in dataset.columns, for example with least(…).`,
    );
  }
}
