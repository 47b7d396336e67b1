/** Datatypes of the Open Inference Protocol that served graphs use today. */
export type Datatype = 'BOOL' | 'INT32' | 'INT64' | 'FP32' | 'FP64' | 'BYTES';

/** A tensor in its flat, row-major form. INT64 values are bigint, BYTES are UTF-8 strings. */
export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | boolean[] | string[];

export interface Tensor {
  name: string;
  datatype: Datatype;
  shape: number[];
  data: TensorData;
}

/** Shape of one input or output; −1 is the batch dimension. */
export interface TensorSpec {
  name: string;
  datatype: Datatype;
  shape: number[];
  /** The graph replaces NaN by a declared value, so a missing number may be sent as null. */
  acceptsMissing?: boolean;
}

/** What a served graph takes and answers. Every graph we build takes one [−1, 1] input per raw feature. */
export interface ModelSignature {
  inputs: TensorSpec[];
  outputs: TensorSpec[];
}

/** Name of the output that carries the probability of the positive class, FP32 [−1, 1]. */
export const scoreOutput = 'score';
