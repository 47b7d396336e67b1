import type { Feature } from '../../domain/feature.js';
import { scoreOutput } from '../../domain/tensor.js';
import { GraphBuilder } from '../onnx/graphBuilder.js';
import { attributeType, type AttributeProto } from '../onnx/schema.js';
import type { Tree } from './tree.js';
import type { TreeFeature, CategoricalTreeFeature } from './treeFeatures.js';

const utf8 = new TextEncoder();
const machineLearning = 'ai.onnx.ml';

export interface BoostedTrees {
  features: readonly TreeFeature[];
  /** By feature: where it is cut into bins. */
  cuts: readonly Float32Array[];
  /** Logit of a row before any tree. FP32. */
  base: number;
  trees: readonly Tree[];
}

/** Boosted trees as an ONNX graph over the raw features: fills and category numbers included. */
export function exportTrees(features: readonly Feature[], boosted: BoostedTrees): Uint8Array {
  const graph = new GraphBuilder(features);
  const numbers = boosted.features.map((feature) =>
    feature.kind === 'categorical'
      ? categoryNumbers(graph, feature)
      : filled(graph, feature.name, feature.fill),
  );
  const row =
    numbers.length === 1 ? (numbers[0] ?? '') : graph.add('Concat', numbers, { attribute: [axis(1)] });
  const logits = graph.add('TreeEnsembleRegressor', [row], {
    domain: machineLearning,
    attribute: ensemble(boosted),
  });
  // Any comparison with NaN is false, which would be a guess: x − x is 0, and NaN where x is.
  const zeros = graph.add('Sub', [row, row]);
  const nothing = graph.add('MatMul', [
    zeros,
    graph.floats(
      numbers.map(() => 1),
      [numbers.length, 1],
    ),
  ]);
  graph.add('Sigmoid', [graph.add('Add', [logits, nothing])], { output: scoreOutput });
  return graph.finish();
}

function filled(graph: GraphBuilder, name: string, fill: number | null): string {
  if (fill === null) return name;
  return graph.add('Where', [graph.add('IsNaN', [name]), graph.floats([fill], [1, 1]), name]);
}

function categoryNumbers(
  graph: GraphBuilder,
  { name, values, numbers, other }: CategoricalTreeFeature,
): string {
  const strings = values.filter((value) => typeof value === 'string');
  const keys: AttributeProto =
    strings.length > 0
      ? {
          name: 'keys_strings',
          type: attributeType.strings,
          strings: strings.map((value) => utf8.encode(value)),
        }
      : ints(
          'keys_int64s',
          values.filter((value) => typeof value === 'number'),
        );
  return graph.add('LabelEncoder', [name], {
    domain: machineLearning,
    attribute: [
      keys,
      floats('values_floats', Array.from(numbers)),
      { name: 'default_float', type: attributeType.float, f: other },
    ],
  });
}

/** Every node of every tree, as TreeEnsembleRegressor takes them: side by side in one list per property. */
function ensemble({ trees, cuts, base }: BoostedTrees): AttributeProto[] {
  const nodes = trees.flatMap((tree, treeId) =>
    tree.feature.map((feature, nodeId) => ({
      treeId,
      nodeId,
      isLeaf: feature === -1,
      feature: Math.max(feature, 0),
      threshold: feature === -1 ? 0 : (cuts[feature]?.[tree.bin[nodeId] ?? 0] ?? 0),
      left: tree.left[nodeId] ?? 0,
      right: tree.right[nodeId] ?? 0,
      value: tree.value[nodeId] ?? 0,
    })),
  );
  const leaves = nodes.filter(({ isLeaf }) => isLeaf);
  return [
    ints(
      'nodes_treeids',
      nodes.map(({ treeId }) => treeId),
    ),
    ints(
      'nodes_nodeids',
      nodes.map(({ nodeId }) => nodeId),
    ),
    ints(
      'nodes_featureids',
      nodes.map(({ feature }) => feature),
    ),
    strings(
      'nodes_modes',
      nodes.map(({ isLeaf }) => (isLeaf ? 'LEAF' : 'BRANCH_LEQ')),
    ),
    floats(
      'nodes_values',
      nodes.map(({ threshold }) => threshold),
    ),
    ints(
      'nodes_truenodeids',
      nodes.map(({ left }) => left),
    ),
    ints(
      'nodes_falsenodeids',
      nodes.map(({ right }) => right),
    ),
    ints(
      'target_treeids',
      leaves.map(({ treeId }) => treeId),
    ),
    ints(
      'target_nodeids',
      leaves.map(({ nodeId }) => nodeId),
    ),
    ints(
      'target_ids',
      leaves.map(() => 0),
    ),
    floats(
      'target_weights',
      leaves.map(({ value }) => value),
    ),
    { name: 'n_targets', type: attributeType.int, i: 1 },
    floats('base_values', [base]),
  ];
}

function axis(i: number): AttributeProto {
  return { name: 'axis', type: attributeType.int, i };
}

function ints(name: string, values: readonly number[]): AttributeProto {
  return { name, type: attributeType.ints, ints: [...values] };
}

function floats(name: string, values: readonly number[]): AttributeProto {
  return { name, type: attributeType.floats, floats: [...values] };
}

function strings(name: string, values: readonly string[]): AttributeProto {
  return { name, type: attributeType.strings, strings: values.map((value) => utf8.encode(value)) };
}
