/**
 * The training rows as bins, a chunk at a time: what is read in passes, once for each level of each tree, lies in a
 * file, so that memory does not grow with the rows. A row takes one byte per feature, one for its label and ten for its
 * state.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingData } from '../trainingData.js';
import { binOf, NumberSample } from './bins.js';
import { treeNumbers, type TreeFeature } from './treeFeatures.js';

const chunkRows = 65_536;
const stateBytesPerRow = 10;

export interface RowChunk {
  index: number;
  rows: number;
  /** By feature: the bin of each row. */
  bins: Uint8Array[];
  labels: Uint8Array;
  /** Logit of each row so far. */
  scores: Float32Array;
  /** Of being positive, by the trees before the one that grows. */
  probabilities: Float32Array;
  /** Node of the growing tree that each row has come to. */
  nodes: Uint16Array;
}

export class BinnedRows {
  private constructor(
    private readonly file: FileHandle,
    private readonly features: number,
    readonly rows: number,
  ) {}

  /** Writes the bins of every row, and a state of zeros. The caller closes it. */
  static async write(
    directory: string,
    {
      features,
      cuts,
      data,
    }: { features: readonly TreeFeature[]; cuts: readonly Float32Array[]; data: TrainingData },
  ): Promise<BinnedRows> {
    const file = await open(join(directory, 'binned-rows'), 'w+');
    const binned = new BinnedRows(file, features.length, data.rows);
    let index = 0;
    for await (const { columns, labels } of data.batches({ batchRows: chunkRows })) {
      const chunk = binned.allocate(index++, labels.length);
      treeNumbers(features, columns).forEach((numbers, feature) => {
        const featureCuts = cuts[feature] ?? new Float32Array();
        const bins = chunk.bins[feature];
        numbers.forEach((value, row) => {
          if (bins !== undefined) bins[row] = binOf(featureCuts, value);
        });
      });
      chunk.labels.set(labels);
      await file.write(chunk.buffer, 0, chunk.buffer.byteLength, binned.offsetOf(chunk.index));
    }
    return binned;
  }

  /** Every row, in order. A chunk is only good until the next one is asked for. */
  async *chunks(): AsyncGenerator<RowChunk, void, void> {
    for (let index = 0; index * chunkRows < this.rows; index++) {
      const chunk = this.allocate(index, Math.min(chunkRows, this.rows - index * chunkRows));
      await this.file.read(chunk.buffer, 0, chunk.buffer.byteLength, this.offsetOf(index));
      yield chunk;
    }
  }

  /** Keeps what was changed in the state of a chunk's rows. */
  async saveState(chunk: RowChunk): Promise<void> {
    const { scores } = chunk;
    const state = new Uint8Array(scores.buffer, 0, stateBytesFor(chunk.rows));
    await this.file.write(state, 0, state.byteLength, this.offsetOf(chunk.index));
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private offsetOf(index: number): number {
    return index * chunkRows * (stateBytesPerRow + this.features + 1);
  }

  /** State first, since its numbers must lie at multiples of four. */
  private allocate(index: number, rows: number): RowChunk & { buffer: Uint8Array } {
    const bytes = new ArrayBuffer(rows * (stateBytesPerRow + this.features + 1));
    const binsFrom = stateBytesFor(rows);
    return {
      index,
      rows,
      buffer: new Uint8Array(bytes),
      scores: new Float32Array(bytes, 0, rows),
      probabilities: new Float32Array(bytes, rows * 4, rows),
      nodes: new Uint16Array(bytes, rows * 8, rows),
      bins: Array.from({ length: this.features }, (_, i) => new Uint8Array(bytes, binsFrom + i * rows, rows)),
      labels: new Uint8Array(bytes, binsFrom + this.features * rows, rows),
    };
  }
}

function stateBytesFor(rows: number): number {
  return rows * stateBytesPerRow;
}

/** Where to cut each feature, from an even sample of its numbers. */
export async function findCuts(
  features: readonly TreeFeature[],
  data: TrainingData,
  seed: number,
): Promise<Float32Array[]> {
  const samples = features.map((_, i) => new NumberSample(seed, i));
  for await (const { columns } of data.batches({ batchRows: chunkRows })) {
    treeNumbers(features, columns).forEach((numbers, i) => samples[i]?.addAll(numbers));
  }
  return samples.map((sample) => sample.cuts());
}
