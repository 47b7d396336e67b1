/**
 * An imported graph in ours: it takes the raw features, one [batch, 1] input each, and answers `score`. What it was
 * exported with, matrices of features and of probabilities, stays within.
 */
import { TemperedError } from '../../domain/errors.js';
import type { Feature } from '../../domain/feature.js';
import type { ImportedModel } from '../../domain/importedModel.js';
import { featureDatatype } from '../../domain/signature.js';
import { scoreOutput } from '../../domain/tensor.js';
import { GraphBuilder } from '../onnx/graphBuilder.js';
import { attributeType, elementType } from '../onnx/schema.js';
import { modelField, type GraphValue, type OriginalModel } from './originalModel.js';
import { checkFunction, graphField, renamed, renameGraph } from './renameValues.js';
import { concatenated, fieldsOf, fieldWith } from './wire.js';

/** From here on the operators that we put around a graph mean what we mean. */
const leastOpset = 11;

/** @throws TemperedError `UnusableModel`, saying how to export it instead */
export function wrapModel(
  original: OriginalModel,
  { inputs, output }: Pick<ImportedModel, 'inputs' | 'output'>,
  features: readonly Feature[],
): Uint8Array {
  assertUsable(original, { inputs, output });
  const wrapper = new GraphBuilder(features);
  let before = 0;
  for (const input of original.inputs) {
    before += addInput(wrapper, input, [inputs[input.name] ?? []].flat(), features);
  }
  addOutput(wrapper, output);
  return merge(original, wrapper.finish(), before);
}

function assertUsable(
  { inputs, outputs, zipMapOutputs, opsetVersion }: OriginalModel,
  manifest: Pick<ImportedModel, 'inputs' | 'output'>,
): void {
  const { name, column } = manifest.output;
  const names = inputs.map((input) => input.name);
  const declared = Object.keys(manifest.inputs);
  if (names.length !== declared.length || !declared.every((input) => names.includes(input))) {
    throw unusable(
      `its inputs are ${names.join(', ')}, but the manifest's are ${declared.join(', ')}. Correct "inputs"`,
    );
  }
  const output = outputs.find((found) => found.name === name);
  // skl2onnx names an output "probabilities" only where it is no map.
  const [map] = output === undefined ? zipMapOutputs : zipMapOutputs.filter((mapped) => mapped === name);
  if (map !== undefined) {
    throw unusable(
      `its output "${map}" is a map (ZipMap). Export it with zipmap=False: to_onnx(…, options={"zipmap": False})`,
    );
  }
  if (output === undefined) {
    const known = outputs.map((found) => found.name).join(', ');
    throw unusable(`it has no output "${name}" (it has: ${known}). Correct "output.name"`);
  }
  if (output.elementType !== elementType.float && output.elementType !== elementType.double) {
    throw unusable(
      `its output "${name}" is no tensor of probabilities. Name the one that holds them in "output.name"`,
    );
  }
  const width = output.shape?.length === 2 ? output.shape[1] : undefined;
  if (column === null && width !== undefined && width > 1) {
    throw unusable(
      `its output "${name}" has ${width} numbers per row. Say in "output.column" which is the probability of the positive class (of two classes, 1)`,
    );
  }
  if (output.shape?.[0] !== undefined && output.shape[0] > 0) {
    throw unusable('it answers a fixed number of rows. Export it with a first dimension of any length');
  }
  if (opsetVersion < leastOpset) {
    throw unusable(
      `it uses operators of version ${opsetVersion}. Export it with target_opset=${leastOpset} or newer`,
    );
  }
}

/** @returns the number of operators added */
function addInput(
  graph: GraphBuilder,
  { name, elementType: type, shape }: GraphValue,
  names: readonly string[],
  features: readonly Feature[],
): number {
  let added = 0;
  const add = (...operator: Parameters<GraphBuilder['add']>) => {
    added += 1;
    return graph.add(...operator);
  };
  const columns = names.map((feature) => {
    const declared = features.find((found) => found.name === feature);
    const isString = declared !== undefined && featureDatatype(declared) === 'BYTES';
    if (type === null || isString !== (type === elementType.string)) {
      const wanted = isString ? 'a string' : 'a number';
      throw unusable(`its input "${name}" cannot take the feature "${feature}", which is ${wanted}`);
    }
    const filled = declared?.kind === 'numeric' ? declared.missing?.fill : undefined;
    const value =
      filled === undefined
        ? feature
        : add('Where', [add('IsNaN', [feature]), graph.floats([filled], [1, 1]), feature]);
    if (isString) return value;
    return add('Cast', [value], { attribute: [{ name: 'to', type: attributeType.int, i: type }] });
  });
  const [width = columns.length] = shape?.length === 2 ? shape.slice(1) : [];
  if (width > 0 && width !== columns.length) {
    throw unusable(
      `its input "${name}" takes ${width} columns, but the manifest names ${columns.length} features`,
    );
  }
  const [only = ''] = columns;
  if (shape?.length === 1) add('Reshape', [only, graph.int64s([-1], [1])], { output: renamed(name) });
  else {
    const axis = { name: 'axis', type: attributeType.int, i: 1 };
    add('Concat', columns, { attribute: [axis], output: renamed(name) });
  }
  return added;
}

function addOutput(graph: GraphBuilder, { name, column }: ImportedModel['output']): void {
  const chosen =
    column === null
      ? renamed(name)
      : graph.add('Gather', [renamed(name), graph.int64s([column], [1])], {
          attribute: [{ name: 'axis', type: attributeType.int, i: 1 }],
        });
  const single = graph.add('Reshape', [chosen, graph.int64s([-1, 1], [2])]);
  graph.add('Cast', [single], {
    attribute: [{ name: 'to', type: attributeType.int, i: elementType.float }],
    output: scoreOutput,
  });
}

/** @param before - how many of the wrapper's operators come before the imported ones; the others come after */
function merge(original: OriginalModel, wrapper: Uint8Array, before: number): Uint8Array {
  const wrapperGraph = fieldsOf(
    fieldsOf(wrapper).find(({ number }) => number === modelField.graph)?.value ?? wrapper,
  );
  const nodes = wrapperGraph.filter(({ number }) => number === graphField.node);
  const others = wrapperGraph.filter(({ number }) => number !== graphField.node);
  const replaced = new Set([graphField.input, graphField.output]);
  const inner = renameGraph(original.graph).filter(
    ({ number, value }) => !replaced.has(number) && value !== null,
  );
  const isNode = ({ number }: { number: number }) => number === graphField.node;
  // A graph has one name; the wrapper brings it.
  const innerRest = inner.filter((field) => !isNode(field) && field.number !== 2);
  const graph = [
    ...nodes.slice(0, before),
    ...inner.filter(isNode),
    ...nodes.slice(before),
    ...others,
    ...innerRest,
  ];
  const kept = original.fields.filter(({ number, value }) => {
    if (number === modelField.functions && value !== null) checkFunction(value);
    return number !== modelField.graph && number !== modelField.trainingInfo;
  });
  return concatenated([
    ...kept.map(({ bytes }) => bytes),
    fieldWith(modelField.graph, concatenated(graph.map(({ bytes }) => bytes))),
  ]);
}

function unusable(problem: string): TemperedError {
  return new TemperedError('UnusableModel', `The imported model cannot be served: ${problem}.`);
}
