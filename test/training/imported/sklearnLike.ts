/** Graphs as notebooks export them, written with our own protobuf. */
import type { ImportedModel } from '../../../src/domain/importedModel.js';
import {
  attributeType,
  elementType,
  encodeModel,
  type ModelProto,
  type NodeProto,
} from '../../../src/training/onnx/schema.js';

/** Of hour, distance and distanceIfLong (250 where it is missing), in this order. */
export const weights = [0.05, -0.0004, 0.0002];
export const intercept = -1.5;

const axis = { name: 'axis', type: attributeType.int, i: 1 };
export const floats = (name: string, dims: number[], values: number[]) => ({
  ...{ name, dims, dataType: elementType.float },
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});
const anyRows = { dimParam: 'N' };

/** Logistic regression over a float matrix, answering a label and both probabilities, as skl2onnx writes it. */
export function logisticModel(change: Partial<ModelProto['graph']> & { opset?: number } = {}): Uint8Array {
  const { opset = 17, ...graph } = change;
  const node: NodeProto[] = [
    { opType: 'MatMul', input: ['X', 'hour'], output: ['score'], attribute: [] },
    { opType: 'Add', input: ['score', 'intercept'], output: ['logit'], attribute: [] },
    { opType: 'Sigmoid', input: ['logit'], output: ['positive'], attribute: [] },
    { opType: 'Sub', input: ['one', 'positive'], output: ['negative'], attribute: [] },
    { opType: 'Concat', input: ['negative', 'positive'], output: ['probabilities'], attribute: [axis] },
  ];
  return encodeModel({
    irVersion: 8,
    opsetImport: [
      { domain: '', version: opset },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    producerName: 'test',
    graph: {
      name: 'logistic',
      node,
      // Names that features and our own output have, too, so that they would clash.
      initializer: [
        floats('hour', [3, 1], weights),
        floats('intercept', [1], [intercept]),
        floats('one', [1], [1]),
      ],
      input: [
        {
          name: 'X',
          type: { tensorType: { elemType: elementType.float, shape: { dim: [anyRows, { dimValue: 3 }] } } },
        },
      ],
      output: [
        {
          name: 'probabilities',
          type: { tensorType: { elemType: elementType.float, shape: { dim: [anyRows, { dimValue: 2 }] } } },
        },
      ],
      ...graph,
    },
  });
}

export function scoreOf({ hour, distance, distanceIfLong }: Record<string, number | null>): number {
  const values = [hour ?? 0, distance ?? 0, distanceIfLong ?? 250];
  return 1 / (1 + Math.exp(-values.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), intercept)));
}

const samples = [
  { hour: 18, distance: 733, distanceIfLong: 733 },
  { hour: 6, distance: 200, distanceIfLong: null },
].map((inputs) => ({ inputs, score: scoreOf(inputs) }));

export const manifest: Omit<ImportedModel, 'modelSha256'> = {
  name: 'onnx',
  framework: { name: 'scikit-learn', version: '1.5.2' },
  trainedUntil: '2001-01-11T00:00:00Z',
  inputs: { X: ['hour', 'distance', 'distanceIfLong'] },
  output: { name: 'probabilities', column: 1 },
  samples,
  trainedOn: 'one day of January',
  params: { C: 1 },
  metrics: { auc: 0.61 },
};
