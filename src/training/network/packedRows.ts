/**
 * Rows as networks train on them: FP32 words side by side, one per feature in the order of the definition, and the
 * label last. A number is itself (NaN where it is missing); a category is the position of its value among the declared
 * ones, their count for any other value.
 */
import type { ColumnBatch } from '../../domain/dataset.js';
import type { Feature } from '../../domain/feature.js';

export interface PackedRows {
  rows: number;
  /** Words of one row. */
  stride: number;
  words: Float32Array;
}

export function strideOf(features: readonly Feature[]): number {
  return features.length + 1;
}

/** Prepares packing: the function it gives packs one batch after the other. Without labels that word is 0. */
export function createPacker(features: readonly Feature[]) {
  const stride = strideOf(features);
  const packers = features.map(columnPacker);
  return (columns: ColumnBatch, labels?: Uint8Array): PackedRows => {
    const rows = columns[features[0]?.name ?? '']?.length ?? 0;
    const words = new Float32Array(rows * stride);
    packers.forEach((pack, column) => pack(columns, words, column, stride));
    labels?.forEach((label, row) => (words[row * stride + stride - 1] = label));
    return { rows, stride, words };
  };
}

type ColumnPacker = (columns: ColumnBatch, words: Float32Array, column: number, stride: number) => void;

function columnPacker(feature: Feature): ColumnPacker {
  const wordOf = feature.kind === 'numeric' ? numberOf : positionLookup(feature.values);
  return (columns, words, column, stride) => {
    let at = column;
    for (const value of columns[feature.name] ?? []) {
      words[at] = wordOf(value);
      at += stride;
    }
  };
}

function numberOf(value: number | bigint | string): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function positionLookup(declared: readonly number[] | readonly string[]) {
  const positions = new Map<number | bigint | string, number>();
  declared.forEach((value, position) => {
    positions.set(typeof value === 'number' ? BigInt(value) : value, position);
  });
  return (value: number | bigint | string): number => positions.get(value) ?? declared.length;
}
