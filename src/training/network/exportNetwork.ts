import type { Feature } from '../../domain/feature.js';
import { scoreOutput } from '../../domain/tensor.js';
import type { CategoricalEncoding, EmbeddedEncoding, Encoding, NumericEncoding } from './encoding.js';
import type { DenseLayer, NetworkWeights } from './network.js';
import { GraphBuilder } from '../onnx/graphBuilder.js';
import { attributeType, elementType } from '../onnx/schema.js';

const utf8 = new TextEncoder();

/** A trained network as an ONNX graph over the raw features, the encoding included. */
export function exportNetwork(
  features: readonly Feature[],
  encoding: Encoding,
  { embeddings, layers }: NetworkWeights,
): Uint8Array {
  const graph = new GraphBuilder(features);
  const blocks = [
    ...(encoding.numeric.length > 0 ? [standardized(graph, encoding.numeric)] : []),
    ...encoding.categorical.map((category) => oneHot(graph, category)),
    ...encoding.embedded.map((embedded, i) => lookUp(graph, embedded, embeddings[i] ?? new Float32Array())),
  ];
  const encoded = concatenated(graph, blocks);
  layers.reduce((input, layer, i) => dense(graph, input, layer, i === layers.length - 1), encoded);
  return graph.finish();
}

/** All numbers side by side, filled and standardized at once. */
function standardized(graph: GraphBuilder, numbers: readonly NumericEncoding[]): string {
  const constant = (values: number[]) => graph.floats(values, [1, numbers.length]);
  let values = concatenated(
    graph,
    numbers.map(({ name }) => name),
  );
  if (numbers.some(({ fill }) => fill !== null)) {
    // A number without a policy keeps its NaN: the answer becomes NaN, and is never a guess.
    const fills = constant(numbers.map(({ fill }) => fill ?? Number.NaN));
    values = graph.add('Where', [graph.add('IsNaN', [values]), fills, values]);
  }
  const centred = graph.add('Sub', [values, constant(numbers.map(({ mean }) => mean))]);
  return graph.add('Div', [centred, constant(numbers.map(({ std }) => std))]);
}

/** One column per declared value; 1 where the row has it. */
function oneHot(graph: GraphBuilder, { name, values }: CategoricalEncoding): string {
  const numbers = values.filter((value) => typeof value === 'number');
  const isString = numbers.length === 0;
  const row = isString ? positionOf(graph, name, values, -1) : name;
  const wanted = isString ? [...values.keys()] : numbers;
  const equal = graph.add('Equal', [row, graph.int64s(wanted, [1, values.length])]);
  return graph.add('Cast', [equal], {
    attribute: [{ name: 'to', type: attributeType.int, i: elementType.float }],
  });
}

/** The row of its table that stands for the value; the last one for any that is not declared. */
function lookUp(
  graph: GraphBuilder,
  { name, values, dimension }: EmbeddedEncoding,
  table: Float32Array,
): string {
  const position = positionOf(graph, name, values, values.length);
  const flat = graph.add('Reshape', [position, graph.int64s([-1], [1])]);
  return graph.add('Gather', [graph.floats(table, [values.length + 1, dimension]), flat]);
}

/** Position of each value among the declared ones. */
function positionOf(
  graph: GraphBuilder,
  input: string,
  values: readonly number[] | readonly string[],
  positionOfOthers: number,
): string {
  const strings = values.filter((value) => typeof value === 'string');
  const ints = values.filter((value) => typeof value === 'number');
  const keys =
    strings.length > 0
      ? {
          name: 'keys_strings',
          type: attributeType.strings,
          strings: strings.map((value) => utf8.encode(value)),
        }
      : { name: 'keys_int64s', type: attributeType.ints, ints };
  return graph.add('LabelEncoder', [input], {
    domain: 'ai.onnx.ml',
    attribute: [
      keys,
      { name: 'values_int64s', type: attributeType.ints, ints: [...values.keys()] },
      { name: 'default_int64', type: attributeType.int, i: positionOfOthers },
    ],
  });
}

function concatenated(graph: GraphBuilder, inputs: string[]): string {
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1) return only;
  return graph.add('Concat', inputs, { attribute: [{ name: 'axis', type: attributeType.int, i: 1 }] });
}

function dense(graph: GraphBuilder, input: string, layer: DenseLayer, isLast: boolean): string {
  const kernel = graph.floats(layer.kernel, [layer.inputs, layer.units]);
  const sum = graph.add('Gemm', [input, kernel, graph.floats(layer.bias, [layer.units])]);
  const activation = layer.activation === 'relu' ? 'Relu' : 'Sigmoid';
  return graph.add(activation, [sum], isLast ? { output: scoreOutput } : {});
}
