/** One pass over the snapshot: its rows go into scratch files, and what must be known of them is measured. */
import { join } from 'node:path';
import { TemperedError } from '../../domain/errors.js';
import type { Feature } from '../../domain/feature.js';
import type { TrainingTask } from '../trainers/trainer.js';
import type { Moments } from './encoding.js';
import { createPacker, strideOf, type PackedRows } from './packedRows.js';
import { RowChunks, RowFile } from './rowChunks.js';

export interface TrainingRows {
  /** Rows that are trained on, and those of them that are positive. */
  rows: number;
  positives: number;
  chunks: RowChunks;
  /** The last rows in time, where some are held out. */
  validation: RowFile | null;
  /** Of each numeric feature over the rows trained on, NaN replaced by its fill. */
  moments: Map<string, Moments>;
  /** For each categorical feature, how many of the rows trained on have each declared value; other values last. */
  counts: Map<string, Uint32Array>;
}

const batchRows = 8192;

/**
 * @param validationFraction - share of the rows to hold out; 0 for none
 * @throws TemperedError `UnusableData` for NaN in a feature without a `missing` policy, for infinite numbers, and
 *   where the rows trained on have one class only
 */
export async function readTrainingRows(
  {
    features,
    data,
    directory,
    seed,
    signal,
  }: Pick<TrainingTask, 'features' | 'data' | 'directory' | 'seed' | 'signal'>,
  validationFraction: number,
): Promise<TrainingRows> {
  const rows = data.rows - Math.round(data.rows * validationFraction);
  const stride = strideOf(features);
  const chunks = new RowChunks({ directory, rows, stride, seed });
  const validation = rows < data.rows ? new RowFile(join(directory, 'validation'), stride) : null;
  const measures = features.map((feature, word) => new ColumnMeasure(feature, word));
  const pack = createPacker(features);

  let [seen, positives] = [0, 0];
  for await (const { columns, labels } of data.batches({ batchRows })) {
    signal.throwIfAborted();
    const packed = pack(columns, labels);
    for (const measure of measures) measure.check(packed);
    const [trainedOn, heldOut] = splitAt(packed, rows - seen);
    for (const measure of measures) measure.add(trainedOn);
    chunks.add(trainedOn);
    for (let row = 0; row < heldOut.rows; row++) validation?.add(heldOut.words, row * stride);
    for (let row = 0; row < trainedOn.rows; row++) positives += labels[row] ?? 0;
    seen += packed.rows;
  }
  chunks.finish();
  validation?.flush();
  for (const measure of measures) measure.assertUsable(seen);
  if (positives === 0 || positives === rows) throw oneClass(rows);

  for await (const chunk of chunks.inOrder()) {
    for (const measure of measures) measure.addSquares(chunk, rows);
  }
  return { rows, positives, chunks, validation, ...collected(measures, rows) };
}

function splitAt({ rows, stride, words }: PackedRows, at: number): [PackedRows, PackedRows] {
  const first = Math.max(0, Math.min(rows, at));
  return [
    { rows: first, stride, words: words.subarray(0, first * stride) },
    { rows: rows - first, stride, words: words.subarray(first * stride) },
  ];
}

function collected(
  measures: readonly ColumnMeasure[],
  rows: number,
): Pick<TrainingRows, 'moments' | 'counts'> {
  const moments = new Map<string, Moments>();
  const counts = new Map<string, Uint32Array>();
  for (const measure of measures) {
    if (measure.feature.kind === 'numeric') moments.set(measure.feature.name, measure.momentsOf(rows));
    else counts.set(measure.feature.name, measure.counts);
  }
  return { moments, counts };
}

/** What is measured of one feature. Sums are FP64, in the order in which rows come. */
class ColumnMeasure {
  readonly counts: Uint32Array;
  private readonly fill: number | null;
  private missing = 0;
  private infinite = 0;
  private sum = 0;
  private squares = 0;

  constructor(
    readonly feature: Feature,
    private readonly word: number,
  ) {
    this.counts = new Uint32Array(feature.kind === 'numeric' ? 0 : feature.values.length + 1);
    this.fill = feature.kind === 'numeric' ? (feature.missing?.fill ?? null) : null;
  }

  /** Counts what would be unusable; rows that are held out must be usable, too. */
  check({ rows, stride, words }: PackedRows): void {
    if (this.feature.kind !== 'numeric') return;
    for (let row = 0; row < rows; row++) {
      const value = words[row * stride + this.word] ?? 0;
      if (Number.isNaN(value)) this.missing++;
      else if (!Number.isFinite(value)) this.infinite++;
    }
  }

  add({ rows, stride, words }: PackedRows): void {
    for (let row = 0; row < rows; row++) {
      const value = words[row * stride + this.word] ?? 0;
      if (this.feature.kind === 'numeric') this.sum += this.filled(value);
      else this.counts[value] = (this.counts[value] ?? 0) + 1;
    }
  }

  addSquares({ rows, stride, words }: PackedRows, allRows: number): void {
    if (this.feature.kind !== 'numeric') return;
    const mean = this.sum / allRows;
    for (let row = 0; row < rows; row++) {
      this.squares += (this.filled(words[row * stride + this.word] ?? 0) - mean) ** 2;
    }
  }

  momentsOf(rows: number): Moments {
    return { mean: this.sum / rows, std: Math.sqrt(this.squares / rows) };
  }

  assertUsable(rows: number): void {
    const { name } = this.feature;
    if (this.missing > 0 && this.fill === null) {
      throw new TemperedError(
        'UnusableData',
        `Feature "${name}" is NULL or NaN in ${this.missing} of ${rows} rows. Declare what that becomes ("missing": {"fill": 0}), or clean it in dataset.columns.`,
      );
    }
    if (this.infinite > 0) {
      throw new TemperedError(
        'UnusableData',
        `Feature "${name}" is infinite in ${this.infinite} of ${rows} rows. Bound it in dataset.columns, for example with least(…).`,
      );
    }
  }

  private filled(value: number): number {
    return Number.isNaN(value) ? (this.fill ?? 0) : value;
  }
}

function oneClass(rows: number): TemperedError {
  return new TemperedError(
    'UnusableData',
    `The first ${rows} rows, which are trained on, all have the same target; the other class is only in the rows that earlyStopping holds out. Widen training.days, or lower validationFraction.`,
  );
}
