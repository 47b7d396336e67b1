/**
 * How raw features become the network's inputs: numbers are filled and standardized, categories become one column
 * per declared value, or a position in a table of embeddings. Built into the served graph.
 *
 * Invariant: arithmetic is FP32 step by step, as ONNX Runtime computes it, so that both agree to the last bits.
 */
import type { Feature } from '../../domain/feature.js';
import type { PackedRows } from './packedRows.js';

/** (x − mean) / std, NaN first replaced by `fill`. All three fit FP32. */
export interface NumericEncoding {
  name: string;
  mean: number;
  std: number;
  fill: number | null;
}

/** One column per value, 1 where the row has it; a row with none of them has all 0. */
export interface CategoricalEncoding {
  name: string;
  values: readonly number[] | readonly string[];
}

/** A row of `dimension` trained numbers per value, and a last one for every other value. */
export interface EmbeddedEncoding extends CategoricalEncoding {
  dimension: number;
}

/** Encoded columns: the numbers in order, then the values of each category in order; embedded ones stand apart. */
export interface Encoding {
  numeric: NumericEncoding[];
  categorical: CategoricalEncoding[];
  embedded: EmbeddedEncoding[];
  /** Number of encoded columns, without those of embeddings. */
  width: number;
}

/** What the network takes of a number of rows. */
export interface EncodedRows {
  rows: number;
  /** `width` numbers each. */
  columns: Float32Array;
  /** For each embedded feature, the position of the row's value in its table. */
  positions: Int32Array[];
  labels: Float32Array;
}

/** Of one numeric feature, over the training rows. */
export interface Moments {
  mean: number;
  std: number;
}

export function createEncoding(
  features: readonly Feature[],
  moments: ReadonlyMap<string, Moments>,
  embeddings: Readonly<Record<string, number>>,
): Encoding {
  const encoding: Encoding = { numeric: [], categorical: [], embedded: [], width: 0 };
  for (const feature of features) {
    const { name } = feature;
    const dimension = Object.hasOwn(embeddings, name) ? embeddings[name] : undefined;
    if (feature.kind === 'numeric') {
      const { mean, std } = moments.get(name) ?? { mean: 0, std: 1 };
      const fill = feature.missing === undefined ? null : Math.fround(feature.missing.fill);
      // A constant column carries nothing, but must not divide by zero.
      const divisor = Math.fround(std) === 0 ? 1 : Math.fround(std);
      encoding.numeric.push({ name, mean: Math.fround(mean), std: divisor, fill });
    } else if (dimension === undefined) encoding.categorical.push({ name, values: feature.values });
    else encoding.embedded.push({ name, values: feature.values, dimension });
  }
  const oneHot = encoding.categorical.reduce((sum, { values }) => sum + values.length, 0);
  return { ...encoding, width: encoding.numeric.length + oneHot };
}

/** Prepares encoding: the function it gives encodes one batch after the other. */
export function createEncoder(features: readonly Feature[], encoding: Encoding) {
  const wordOf = (name: string) => features.findIndex((feature) => feature.name === name);
  const numeric = encoding.numeric.map((number) => ({ ...number, word: wordOf(number.name) }));
  let offset = numeric.length;
  const categorical = encoding.categorical.map(({ name, values }) => {
    const start = offset;
    offset += values.length;
    return { word: wordOf(name), start, count: values.length };
  });
  const embedded = encoding.embedded.map(({ name }) => wordOf(name));
  const { width } = encoding;

  return ({ rows, stride, words }: PackedRows): EncodedRows => {
    const columns = new Float32Array(rows * width);
    numeric.forEach(({ word, mean, std, fill }, column) => {
      for (let row = 0; row < rows; row++) {
        const value = words[row * stride + word] ?? Number.NaN;
        const filled = Number.isNaN(value) && fill !== null ? fill : value;
        columns[row * width + column] = Math.fround(filled - mean) / std;
      }
    });
    for (const { word, start, count } of categorical) {
      for (let row = 0; row < rows; row++) {
        const position = words[row * stride + word] ?? count;
        if (position < count) columns[row * width + start + position] = 1;
      }
    }
    const wordsAt = (word: number) => (_: unknown, row: number) => words[row * stride + word] ?? 0;
    return {
      rows,
      columns,
      positions: embedded.map((word) => Int32Array.from({ length: rows }, wordsAt(word))),
      labels: Float32Array.from({ length: rows }, wordsAt(stride - 1)),
    };
  };
}
