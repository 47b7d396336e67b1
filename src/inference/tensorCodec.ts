import { TemperedError } from '../domain/errors.js';
import { isStorable } from '../domain/storableText.js';
import type { Datatype, ModelSignature, Tensor, TensorData, TensorSpec } from '../domain/tensor.js';

/** A tensor of the Open Inference Protocol's JSON form. */
export interface JsonTensor {
  name: string;
  datatype: Datatype;
  shape: number[];
  data: (number | string | boolean | null)[];
}

/** Most rows one request may carry. */
export const maxRowsPerRequest = 1000;

/**
 * Checks the `inputs` of an Open Inference Protocol request against what the model takes. Data may be flat or
 * nested. Written by hand rather than as a schema: it runs for every prediction.
 *
 * @returns one tensor per input of the signature, in its order, all with the same number of rows
 * @throws TemperedError `InvalidInput`, naming the input and what is wrong with it
 */
export function decodeInputs(signature: ModelSignature, inputs: unknown): Tensor[] {
  if (!Array.isArray(inputs)) throw invalid('"inputs" must be a list of tensors');
  const given = new Map<string, Record<string, unknown>>();
  for (const input of inputs) {
    if (!isObject(input) || typeof input.name !== 'string') throw invalid('each input needs a "name"');
    if (given.has(input.name)) throw invalid(`input ${quote(input.name)} is given twice`);
    if (!signature.inputs.some((spec) => spec.name === input.name)) {
      throw invalid(`unknown input ${quote(input.name)}; the model takes: ${inputNames(signature)}`);
    }
    given.set(input.name, input);
  }
  let rows: number | undefined;
  return signature.inputs.map((spec) => {
    const input = given.get(spec.name);
    if (input === undefined) throw invalid(`missing input ${quote(spec.name)} (${describe(spec)})`);
    const tensor = decodeTensor(spec, input);
    rows ??= tensor.shape[0];
    if (tensor.shape[0] !== rows) {
      throw invalid(
        `input ${quote(spec.name)} has ${tensor.shape[0] ?? 0} rows, the inputs before it ${rows ?? 0}`,
      );
    }
    return tensor;
  });
}

/** Outputs in JSON form. INT64 values beyond ±2^53 lose their last digits, as JSON numbers do. */
export function encodeOutputs(outputs: readonly Tensor[]): JsonTensor[] {
  return outputs.map(({ name, datatype, shape, data }) => ({ name, datatype, shape, data: toJson(data) }));
}

/** What the model saw or answered, row by row: name → value, or list of values where a row has several. NaN is null. */
export function tensorRows(tensors: readonly Tensor[]): Record<string, unknown>[] {
  const rows = tensors[0]?.shape[0] ?? 0;
  const columns = tensors.map(({ name, shape, data }) => {
    const values = toJson(data);
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    return {
      name,
      valueOf: (row: number) => (width === 1 ? values[row] : values.slice(row * width, (row + 1) * width)),
    };
  });
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(columns.map(({ name, valueOf }) => [name, valueOf(row)])),
  );
}

function decodeTensor(spec: TensorSpec, input: Record<string, unknown>): Tensor {
  const name = quote(spec.name);
  if (input.datatype !== spec.datatype) {
    throw invalid(`input ${name} must have the datatype ${spec.datatype}, not ${quote(input.datatype)}`);
  }
  const shape = decodeShape(spec, input.shape);
  if (!Array.isArray(input.data)) throw invalid(`input ${name} needs "data", a list`);
  const data: unknown[] = input.data.some(Array.isArray)
    ? input.data.flat(spec.shape.length - 1)
    : input.data;
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (data.length !== size) {
    throw invalid(`input ${name} has ${data.length} values, its shape [${shape.join(', ')}] needs ${size}`);
  }
  return { name: spec.name, datatype: spec.datatype, shape, data: decodeData(spec, data) };
}

function decodeShape(spec: TensorSpec, shape: unknown): number[] {
  const fits =
    Array.isArray(shape) &&
    shape.length === spec.shape.length &&
    shape.every(
      (size: unknown, i) => Number.isSafeInteger(size) && (spec.shape[i] === -1 || spec.shape[i] === size),
    );
  if (!fits) {
    throw invalid(
      `input ${quote(spec.name)} has the shape ${quote(shape)}, the model takes [${spec.shape.join(', ')}]`,
    );
  }
  const sizes = shape.map(Number);
  const rows = sizes[0] ?? 0;
  if (rows < 1 || rows > maxRowsPerRequest) {
    throw invalid(`input ${quote(spec.name)} has ${rows} rows; a request carries 1 to ${maxRowsPerRequest}`);
  }
  return sizes;
}

function decodeData(spec: TensorSpec, data: readonly unknown[]): TensorData {
  switch (spec.datatype) {
    case 'FP32':
      return Float32Array.from(data, (value, i) => float(spec, value, i, Math.fround));
    case 'FP64':
      return Float64Array.from(data, (value, i) => float(spec, value, i, Number));
    case 'INT32':
      return Int32Array.from(data, (value, i) => integer(spec, value, i, -(2 ** 31), 2 ** 31 - 1));
    case 'INT64':
      return BigInt64Array.from(data, (value, i) =>
        BigInt(integer(spec, value, i, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
      );
    case 'BOOL':
      return data.map((value, i) => {
        if (typeof value !== 'boolean') throw invalidValue(spec, value, i, 'true or false');
        return value;
      });
    case 'BYTES':
      return data.map((value, i) => {
        if (typeof value !== 'string' || !isStorable(value)) {
          throw invalidValue(spec, value, i, 'a string of Unicode text without NUL');
        }
        return value;
      });
  }
}

function float(spec: TensorSpec, value: unknown, index: number, round: (value: number) => number): number {
  if (typeof value === 'number') {
    const rounded = round(value);
    // JSON has no infinity, but 1e999 parses to it.
    if (Number.isFinite(rounded)) return rounded;
  } else if (value === null) {
    if (spec.acceptsMissing === true) return NaN;
    throw invalidValue(
      spec,
      value,
      index,
      'a number; the model declares nothing to put in a missing one’s place',
    );
  }
  throw invalidValue(spec, value, index, `a number that ${spec.datatype} can hold`);
}

function integer(spec: TensorSpec, value: unknown, index: number, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidValue(spec, value, index, `a whole number from ${min} to ${max}`);
}

function toJson(data: TensorData): JsonTensor['data'] {
  if (Array.isArray(data)) return data;
  if (data instanceof BigInt64Array) return Array.from(data, Number);
  return Array.from(data, (value) => (Number.isNaN(value) ? null : value));
}

function describe(spec: TensorSpec): string {
  return `${spec.datatype}, shape [${spec.shape.join(', ')}]`;
}

function inputNames(signature: ModelSignature): string {
  return signature.inputs.map((spec) => spec.name).join(', ');
}

/** The start of a caller's value, as it can stand in an error message. */
function quote(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function invalidValue(spec: TensorSpec, value: unknown, index: number, expected: string): TemperedError {
  return invalid(
    `input ${quote(spec.name)} has ${quote(value)} at position ${index}; it must be ${expected}`,
  );
}

function invalid(message: string): TemperedError {
  return new TemperedError('InvalidInput', message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
