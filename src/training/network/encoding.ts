/**
 * How raw features become the network's inputs: numbers are filled and standardized, categories become one column
 * per declared value. Fitted on the training rows, then built into the served graph.
 *
 * Invariant: arithmetic is FP32 step by step, as ONNX Runtime computes it, so that both agree to the last bits.
 */
import { TemperedError } from '../../domain/errors.js';
import type { Feature } from '../../domain/feature.js';

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

/** Encoded columns: the numbers in order, then the values of each category in order. */
export interface Encoding {
  numeric: NumericEncoding[];
  categorical: CategoricalEncoding[];
  /** Number of encoded columns. */
  width: number;
}

export interface RawColumns {
  rows: number;
  /** By feature name: raw numbers. */
  numeric: ReadonlyMap<string, Float32Array>;
  /** By feature name: position among the declared values; their count for a value that is none of them. */
  categorical: ReadonlyMap<string, Uint16Array>;
}

/**
 * Measures mean and standard deviation of each number, over the training rows.
 *
 * @throws TemperedError `UnusableData` for NaN in a feature without a `missing` policy, and for infinite numbers
 */
export function fitEncoding(features: readonly Feature[], columns: RawColumns): Encoding {
  const encoding: Encoding = { numeric: [], categorical: [], width: 0 };
  for (const feature of features) {
    if (feature.kind === 'numeric') {
      const values = columns.numeric.get(feature.name) ?? new Float32Array();
      encoding.numeric.push(fitNumeric(feature.name, feature.missing?.fill ?? null, values));
    } else {
      encoding.categorical.push({ name: feature.name, values: feature.values });
    }
  }
  const oneHot = encoding.categorical.reduce((sum, { values }) => sum + values.length, 0);
  return { ...encoding, width: encoding.numeric.length + oneHot };
}

function fitNumeric(name: string, fill: number | null, values: Float32Array): NumericEncoding {
  checkNumbers(name, fill, values);
  const filled = (value: number) => (Number.isNaN(value) ? (fill ?? 0) : value);
  const mean = values.reduce((sum, value) => sum + filled(value), 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (filled(value) - mean) ** 2, 0);
  const std = Math.fround(Math.sqrt(squares / values.length));
  // A constant column carries nothing, but must not divide by zero.
  return {
    name,
    mean: Math.fround(mean),
    std: std === 0 ? 1 : std,
    fill: fill === null ? null : Math.fround(fill),
  };
}

function checkNumbers(name: string, fill: number | null, values: Float32Array): void {
  let [missing, infinite] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) missing++;
    else if (!Number.isFinite(value)) infinite++;
  }
  if (missing > 0 && fill === null) {
    throw new TemperedError(
      'UnusableData',
      `Feature "${name}" is NULL or NaN in ${missing} of ${values.length} rows. Declare what that becomes ("missing": {"fill": 0}), or clean it in dataset.columns.`,
    );
  }
  if (infinite > 0) {
    throw new TemperedError(
      'UnusableData',
      `Feature "${name}" is infinite in ${infinite} of ${values.length} rows. Bound it in dataset.columns, for example with least(…).`,
    );
  }
}

/** Encodes the rows at `indices` into `target`, row after row, `encoding.width` numbers each. */
export function encodeRows(
  encoding: Encoding,
  columns: RawColumns,
  indices: Uint32Array,
  target: Float32Array,
): void {
  const { width } = encoding;
  target.fill(0, 0, indices.length * width);
  encoding.numeric.forEach(({ name, mean, std, fill }, column) => {
    const values = columns.numeric.get(name) ?? new Float32Array();
    indices.forEach((row, i) => {
      const value = values[row] ?? Number.NaN;
      const filled = Number.isNaN(value) && fill !== null ? fill : value;
      target[i * width + column] = Math.fround(filled - mean) / std;
    });
  });
  let offset = encoding.numeric.length;
  for (const { name, values } of encoding.categorical) {
    const positions = columns.categorical.get(name) ?? new Uint16Array();
    const start = offset;
    indices.forEach((row, i) => {
      const position = positions[row] ?? values.length;
      if (position < values.length) target[i * width + start + position] = 1;
    });
    offset += values.length;
  }
}
