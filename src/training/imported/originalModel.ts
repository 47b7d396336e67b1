/** What an ONNX file says of itself. */
import { messageOf, TemperedError } from '../../domain/errors.js';
import { decodeNode, decodeOpset, decodeValueInfo } from '../onnx/schema.js';
import { graphField } from './renameValues.js';
import { fieldsOf, type Field } from './wire.js';

/** Field numbers of ModelProto in onnx.proto3. */
export const modelField = { graph: 7, opset: 8, trainingInfo: 20, functions: 25 };
const tensorNameField = 8;

/** An input or output. */
export interface GraphValue {
  name: string;
  /** TensorProto.DataType; null for what is no tensor (a sequence or a map). */
  elementType: number | null;
  /** Null where the graph does not say; −1 for a dimension of any length. */
  shape: number[] | null;
}

export interface OriginalModel {
  fields: Field[];
  graph: Uint8Array;
  /** Without those that have their value in the file. */
  inputs: GraphValue[];
  outputs: GraphValue[];
  /** Outputs of ZipMap, by which sklearn's exporter turns probabilities into maps. */
  zipMapOutputs: string[];
  /** Of the standard operators. */
  opsetVersion: number;
}

/** @throws TemperedError `UnusableModel` where the bytes are no ONNX model */
export function readOriginal(bytes: Uint8Array): OriginalModel {
  try {
    return read(bytes);
  } catch (cause) {
    throw new TemperedError('UnusableModel', `The imported file is no ONNX model: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function read(bytes: Uint8Array): OriginalModel {
  const fields = fieldsOf(bytes);
  const [graph, ...others] = fields.flatMap(({ number, value }) =>
    number === modelField.graph && value !== null ? [value] : [],
  );
  // Protobuf would merge several, so that another graph would run than the one looked at here.
  if (graph === undefined || others.length > 0) throw new Error('it must hold one graph');
  const graphFields = fieldsOf(graph);
  const valuesOf = (wanted: number, of: readonly Field[] = graphFields) =>
    of.flatMap(({ number, value }) => (number === wanted && value !== null ? [value] : []));
  const initializers = new Set(
    valuesOf(graphField.initializer).flatMap((tensor) =>
      valuesOf(tensorNameField, fieldsOf(tensor)).map(text),
    ),
  );
  const nodes = valuesOf(graphField.node).map(decodeNode);
  const opsets = valuesOf(modelField.opset, fields).map(decodeOpset);
  return {
    fields,
    graph,
    inputs: valuesOf(graphField.input)
      .map(toGraphValue)
      .filter(({ name }) => !initializers.has(name)),
    outputs: valuesOf(graphField.output).map(toGraphValue),
    zipMapOutputs: nodes.filter(({ opType }) => opType === 'ZipMap').flatMap(({ output }) => output),
    opsetVersion: opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0,
  };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function toGraphValue(bytes: Uint8Array): GraphValue {
  const { name, type } = decodeValueInfo(bytes);
  const tensor = type?.tensorType;
  return {
    name,
    elementType: tensor?.elemType ?? null,
    shape: tensor?.shape?.dim.map(({ dimValue }) => dimValue ?? -1) ?? null,
  };
}
