import { TemperedError } from '../../domain/errors.js';
import type { Feature } from '../../domain/feature.js';
import { signatureOf } from '../../domain/signature.js';
import { type Datatype, scoreOutput, type TensorSpec } from '../../domain/tensor.js';
import {
  elementType,
  encodeModel,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './schema.js';

const irVersion = 8;
const opsets = [
  { domain: '', version: 17 },
  { domain: 'ai.onnx.ml', version: 3 },
];

/**
 * Builds a graph that takes the raw features, one [batch, 1] input each, and answers `score`, FP32 [batch, 1].
 * Names of inner values begin with "/", which no feature's name can.
 */
export class GraphBuilder {
  private readonly nodes: NodeProto[] = [];
  private readonly initializers: TensorProto[] = [];

  constructor(private readonly features: readonly Feature[]) {
    if (features.some(({ name }) => name === scoreOutput)) {
      throw new TemperedError('InvalidInput', `"${scoreOutput}" is the model's output; rename the feature.`);
    }
  }

  /** Adds an operator; gives the name of its result. */
  add(
    opType: string,
    input: string[],
    options: { attribute?: AttributeProto[]; domain?: string; output?: string } = {},
  ): string {
    const output = options.output ?? `/${opType}_${this.nodes.length}`;
    const { attribute = [], domain } = options;
    this.nodes.push({ opType, input, output: [output], attribute, ...(domain !== undefined && { domain }) });
    return output;
  }

  floats(values: Float32Array | readonly number[], dims: number[]): string {
    return this.constant(elementType.float, dims, Float32Array.from(values));
  }

  int64s(values: readonly number[], dims: number[]): string {
    return this.constant(elementType.int64, dims, BigInt64Array.from(values, BigInt));
  }

  private constant(dataType: number, dims: number[], values: Float32Array | BigInt64Array): string {
    const name = `/constant_${this.initializers.length}`;
    this.initializers.push({ name, dims, dataType, rawData: new Uint8Array(values.buffer) });
    return name;
  }

  /** The ONNX file; some node must have written `score`. */
  finish(): Uint8Array {
    const { inputs, outputs } = signatureOf(this.features);
    return encodeModel({
      irVersion,
      opsetImport: opsets,
      producerName: 'tempered',
      graph: {
        name: 'tempered',
        node: this.nodes,
        initializer: this.initializers,
        input: inputs.map(valueInfo),
        output: outputs.map(valueInfo),
      },
    });
  }
}

function valueInfo({ name, datatype }: TensorSpec): ValueInfoProto {
  const shape = { dim: [{ dimParam: 'batch' }, { dimValue: 1 }] };
  return { name, type: { tensorType: { elemType: elementTypeOf(datatype), shape } } };
}

function elementTypeOf(datatype: Datatype): number {
  if (datatype === 'BYTES') return elementType.string;
  return datatype === 'INT64' ? elementType.int64 : elementType.float;
}
