import type { Feature } from '../../domain/feature.js';
import { scoreOutput } from '../../domain/tensor.js';
import type { CategoricalEncoding, Encoding, NumericEncoding } from './encoding.js';
import type { DenseLayer } from './network.js';
import { GraphBuilder } from '../onnx/graphBuilder.js';
import { attributeType, elementType } from '../onnx/schema.js';

const utf8 = new TextEncoder();

/** A trained network as an ONNX graph over the raw features, the encoding included. */
export function exportNetwork(
  features: readonly Feature[],
  encoding: Encoding,
  layers: readonly DenseLayer[],
): Uint8Array {
  const graph = new GraphBuilder(features);
  const blocks = encoding.categorical.map((category) => oneHot(graph, category));
  if (encoding.numeric.length > 0) blocks.unshift(standardized(graph, encoding.numeric));
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
  const strings = values.filter((value) => typeof value === 'string');
  const numbers = values.filter((value) => typeof value === 'number');
  const isString = strings.length > 0;
  const positions = strings.map((_, position) => position);
  const row = isString ? positionOf(graph, name, strings, positions) : name;
  const equal = graph.add('Equal', [row, graph.int64s(isString ? positions : numbers, [1, values.length])]);
  return graph.add('Cast', [equal], {
    attribute: [{ name: 'to', type: attributeType.int, i: elementType.float }],
  });
}

/** Position of each string among the declared ones, −1 for any other. */
function positionOf(graph: GraphBuilder, input: string, strings: string[], positions: number[]): string {
  return graph.add('LabelEncoder', [input], {
    domain: 'ai.onnx.ml',
    attribute: [
      {
        name: 'keys_strings',
        type: attributeType.strings,
        strings: strings.map((value) => utf8.encode(value)),
      },
      { name: 'values_int64s', type: attributeType.ints, ints: positions },
      { name: 'default_int64', type: attributeType.int, i: -1 },
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
