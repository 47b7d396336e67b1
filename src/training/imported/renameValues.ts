/**
 * Gives every value of a graph a name of its own, in its subgraphs, too, so that no name clashes with a feature's.
 *
 * Invariant: a graph that reads files of its own is refused: a tensor may name an external one, and would be read from
 * wherever it points.
 */
import { TemperedError } from '../../domain/errors.js';
import { concatenated, fieldsOf, fieldWith, type Field } from './wire.js';

/** Field numbers of onnx.proto3. */
export const graphField = {
  node: 1,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  annotation: 14,
  sparse: 15,
};
const nodeField = { input: 1, output: 2, attribute: 5 };
const attributeField = { tensor: 5, graph: 6, tensors: 10, graphs: 11, sparse: 22, sparses: 23 };
const tensorField = { name: 8, externalData: 13, dataLocation: 14 };
const functionField = { attribute: 11, node: 7 };

const utf8 = { decode: new TextDecoder(), encode: new TextEncoder() };

export function renamed(name: string): string {
  // An empty name stands for an optional input that is left out.
  return name === '' ? '' : `/imported/${name}`;
}

/** The fields of a graph with every value renamed. What only describes values is left out. */
export function renameGraph(graph: Uint8Array): Field[] {
  return fieldsOf(graph).flatMap((field) => {
    const { number } = field;
    if (number === graphField.valueInfo || number === graphField.annotation) return [];
    if (number === graphField.node) return [rewritten(field, renameNode)];
    if (number === graphField.initializer) return [rewritten(field, renameTensor)];
    if (number === graphField.sparse) return [rewritten(field, renameSparse)];
    if (number === graphField.input || number === graphField.output)
      return [rewritten(field, renameValueInfo)];
    return [field];
  });
}

/** A model's own functions have names of their own; only their tensors are looked at. */
export function checkFunction(declared: Uint8Array): void {
  for (const { number, value } of fieldsOf(declared)) {
    if (value === null) continue;
    if (number === functionField.node) renameNode(value);
    if (number === functionField.attribute) renameAttribute(value);
  }
}

function rewritten({ number, value }: Field, rewrite: (message: Uint8Array) => Uint8Array): Field {
  const changed = rewrite(value ?? new Uint8Array());
  return { number, value: changed, bytes: fieldWith(number, changed) };
}

function rewriteFields(
  message: Uint8Array,
  rewrites: Readonly<Record<number, (value: Uint8Array) => Uint8Array>>,
): Uint8Array {
  return concatenated(
    fieldsOf(message).map((field) => {
      const rewrite = rewrites[field.number];
      return rewrite === undefined ? field.bytes : rewritten(field, rewrite).bytes;
    }),
  );
}

function renameString(value: Uint8Array): Uint8Array {
  return utf8.encode.encode(renamed(utf8.decode.decode(value)));
}

function renameNode(node: Uint8Array): Uint8Array {
  return rewriteFields(node, {
    [nodeField.input]: renameString,
    [nodeField.output]: renameString,
    [nodeField.attribute]: renameAttribute,
  });
}

function renameAttribute(attribute: Uint8Array): Uint8Array {
  const wholeGraph = (graph: Uint8Array) => concatenated(renameGraph(graph).map(({ bytes }) => bytes));
  return rewriteFields(attribute, {
    [attributeField.tensor]: renameTensor,
    [attributeField.tensors]: renameTensor,
    [attributeField.graph]: wholeGraph,
    [attributeField.graphs]: wholeGraph,
    [attributeField.sparse]: renameSparse,
    [attributeField.sparses]: renameSparse,
  });
}

function renameTensor(tensor: Uint8Array): Uint8Array {
  const external = [tensorField.externalData, tensorField.dataLocation];
  if (fieldsOf(tensor).some(({ number }) => external.includes(number))) {
    throw new TemperedError(
      'UnusableModel',
      'The imported graph keeps tensors in files beside it. Export it with all of its weights inside (onnx.save_model(model, path, save_as_external_data=False)).',
    );
  }
  return rewriteFields(tensor, { [tensorField.name]: renameString });
}

/** Its values are field 1, its indices field 2. */
function renameSparse(tensor: Uint8Array): Uint8Array {
  return rewriteFields(tensor, { 1: renameTensor, 2: renameTensor });
}

/** Its name is field 1. */
function renameValueInfo(valueInfo: Uint8Array): Uint8Array {
  return rewriteFields(valueInfo, { 1: renameString });
}
