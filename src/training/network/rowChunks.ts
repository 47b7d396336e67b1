/**
 * The training rows in scratch files, so that memory does not grow with them.
 *
 * Invariants: each row lies in one chunk that was drawn for it, and a chunk fits in memory; an epoch takes the chunks
 * in an order of its own, and the rows within a chunk, too. What order that is depends on the seed and the epoch alone.
 */
import { appendFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, shuffledIndices, type Random } from '../../statistics/random.js';
import type { PackedRows } from './packedRows.js';

/** Of one chunk, about. */
const chunkBytes = 16 * 2 ** 20;
/** Of all rows that wait for being written. */
const waitingBytes = 8 * 2 ** 20;
/** Stream of the seed from which rows are dealt to chunks; epochs use the streams from 1 on. */
const dealingStream = 2 ** 31 - 1;

const bytesPerWord = Float32Array.BYTES_PER_ELEMENT;

export class RowChunks {
  private readonly chunks: RowFile[];
  private readonly random: Random;

  /** @param options.rows - about how many will come; `directory` takes the files */
  constructor(private readonly options: { directory: string; rows: number; stride: number; seed: number }) {
    const { directory, rows, stride, seed } = options;
    const count = Math.max(1, Math.ceil((rows * stride * bytesPerWord) / chunkBytes));
    this.random = createRandom(seed, dealingStream);
    this.chunks = Array.from(
      { length: count },
      (_, i) => new RowFile(join(directory, `rows-${String(i)}`), stride, waitingBytes / count),
    );
  }

  add({ words, rows, stride }: PackedRows): void {
    for (let row = 0; row < rows; row++) {
      const chosen = this.chunks.length === 1 ? 0 : Math.floor(this.random() * this.chunks.length);
      this.chunks[chosen]?.add(words, row * stride);
    }
  }

  /** To be called when all rows are in. */
  finish(): void {
    for (const chunk of this.chunks) chunk.flush();
  }

  /** Every row, chunk by chunk. */
  async *inOrder(): AsyncGenerator<PackedRows, void, void> {
    for (const chunk of this.chunks) yield await chunk.read();
  }

  /** Every row once, in the order of this epoch. A batch is used up before the next one is asked for. */
  async *shuffled(epoch: number, batchRows: number): AsyncGenerator<PackedRows, void, void> {
    const { stride, seed } = this.options;
    const random = createRandom(seed, epoch);
    const batch = new Float32Array(batchRows * stride);
    let filled = 0;
    for (const chosen of shuffledIndices(this.chunks.length, random)) {
      const chunk = await this.chunks[chosen]?.read();
      if (chunk === undefined) continue;
      for (const row of shuffledIndices(chunk.rows, random)) {
        copyRow(chunk.words, row * stride, batch, filled * stride, stride);
        if (++filled < batchRows) continue;
        yield { rows: filled, stride, words: batch };
        filled = 0;
      }
    }
    if (filled > 0) yield { rows: filled, stride, words: batch.subarray(0, filled * stride) };
  }
}

/** Rows in one file, in the order in which they came. */
export class RowFile {
  private readonly waiting: Float32Array;
  private filled = 0;

  constructor(
    private readonly path: string,
    private readonly stride: number,
    maxWaitingBytes = waitingBytes,
  ) {
    const rows = Math.max(1, Math.floor(maxWaitingBytes / bytesPerWord / stride));
    this.waiting = new Float32Array(rows * stride);
  }

  add(words: Float32Array, at: number): void {
    copyRow(words, at, this.waiting, this.filled, this.stride);
    this.filled += this.stride;
    if (this.filled === this.waiting.length) this.flush();
  }

  flush(): void {
    appendFileSync(this.path, new Uint8Array(this.waiting.buffer, 0, this.filled * bytesPerWord));
    this.filled = 0;
  }

  /** The whole file at once. */
  async read(): Promise<PackedRows> {
    return toRows(await readFile(this.path), this.stride);
  }

  /** Batch by batch, in order. */
  async *batches(batchRows: number): AsyncGenerator<PackedRows, void, void> {
    const bytes = new Uint8Array(batchRows * this.stride * bytesPerWord);
    const file = await open(this.path, 'r');
    try {
      for (;;) {
        const { bytesRead } = await file.read(bytes);
        if (bytesRead === 0) return;
        yield toRows(bytes.subarray(0, bytesRead), this.stride);
      }
    } finally {
      await file.close();
    }
  }
}

function toRows(given: Uint8Array, stride: number): PackedRows {
  // Node may hand out a piece of its shared pool, whose offset need not be a multiple of four.
  const bytes = given.byteOffset % bytesPerWord === 0 ? given : new Uint8Array(given);
  const words = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / bytesPerWord);
  return { rows: words.length / stride, stride, words };
}

function copyRow(from: Float32Array, at: number, to: Float32Array, toAt: number, stride: number): void {
  for (let word = 0; word < stride; word++) to[toAt + word] = from[at + word] ?? 0;
}
