import { type InferenceSession, type OnnxValue, Tensor as OnnxTensor } from 'onnxruntime-node';
import type { Datatype, Tensor } from '../domain/tensor.js';

/** ONNX Runtime's name of each datatype we serve. */
const onnxTypes = {
  BOOL: 'bool',
  INT32: 'int32',
  INT64: 'int64',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
} as const satisfies Record<Datatype, OnnxTensor.Type>;

/** A tensor as ONNX Runtime takes it. */
export function toOnnx({ name, datatype, shape, data }: Tensor): OnnxTensor {
  if (datatype === 'BOOL' && isBooleans(data))
    return new OnnxTensor('bool', Uint8Array.from(data, Number), shape);
  if (datatype === 'BYTES' && isStrings(data)) return new OnnxTensor('string', data, shape);
  if (datatype === 'INT32' && data instanceof Int32Array) return new OnnxTensor('int32', data, shape);
  if (datatype === 'INT64' && data instanceof BigInt64Array) return new OnnxTensor('int64', data, shape);
  if (datatype === 'FP32' && data instanceof Float32Array) return new OnnxTensor('float32', data, shape);
  if (datatype === 'FP64' && data instanceof Float64Array) return new OnnxTensor('float64', data, shape);
  throw new Error(`input "${name}" says ${datatype}, but its data is of another type`);
}

/** What ONNX Runtime answered, as ours. */
export function fromOnnx(name: string, value: OnnxValue | undefined): Tensor {
  if (!(value instanceof OnnxTensor)) throw new Error(`output "${name}" is not a tensor`);
  const shape = [...value.dims];
  const { data } = value;
  if (value.type === 'bool' && data instanceof Uint8Array) {
    return { name, datatype: 'BOOL', shape, data: Array.from(data, (bit) => bit !== 0) };
  }
  if (Array.isArray(data)) return { name, datatype: 'BYTES', shape, data };
  if (data instanceof Int32Array) return { name, datatype: 'INT32', shape, data };
  if (data instanceof BigInt64Array) return { name, datatype: 'INT64', shape, data };
  if (data instanceof Float32Array) return { name, datatype: 'FP32', shape, data };
  if (data instanceof Float64Array) return { name, datatype: 'FP64', shape, data };
  throw new Error(`output "${name}" has the ONNX type ${value.type}, which cannot be served`);
}

/** One row of zeros (or empty strings) for an input; every dimension the graph leaves open becomes 1. */
export function zeroInput(input: InferenceSession.ValueMetadata): OnnxTensor {
  if (!input.isTensor) throw new Error(`input "${input.name}" is not a tensor`);
  const shape = input.shape.map((size) => (typeof size === 'number' ? size : 1));
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  switch (input.type) {
    case onnxTypes.BOOL:
      return new OnnxTensor('bool', new Uint8Array(size), shape);
    case onnxTypes.INT32:
      return new OnnxTensor('int32', new Int32Array(size), shape);
    case onnxTypes.INT64:
      return new OnnxTensor('int64', new BigInt64Array(size), shape);
    case onnxTypes.FP32:
      return new OnnxTensor('float32', new Float32Array(size), shape);
    case onnxTypes.FP64:
      return new OnnxTensor('float64', new Float64Array(size), shape);
    case onnxTypes.BYTES:
      return new OnnxTensor('string', new Array<string>(size).fill(''), shape);
    default:
      throw new Error(`input "${input.name}" has the ONNX type ${input.type}, which cannot be served`);
  }
}

function isBooleans(data: Tensor['data']): data is boolean[] {
  return Array.isArray(data) && data.every((value) => typeof value === 'boolean');
}

function isStrings(data: Tensor['data']): data is string[] {
  return Array.isArray(data) && data.every((value) => typeof value === 'string');
}
