import type { Feature } from '../../domain/feature.js';
import { scoreOutput } from '../../domain/tensor.js';
import { GraphBuilder } from './graphBuilder.js';
import { attributeType, elementType } from './schema.js';

/** A graph that takes the features as any model of theirs does, and answers the same rate for every row. */
export function exportBaseRate(features: readonly Feature[], rate: number): Uint8Array {
  const graph = new GraphBuilder(features);
  const shape = graph.add(
    'Shape',
    features.slice(0, 1).map(({ name }) => name),
  );
  graph.add('ConstantOfShape', [shape], {
    output: scoreOutput,
    attribute: [
      {
        name: 'value',
        type: attributeType.tensor,
        t: { dims: [1], dataType: elementType.float, rawData: new Uint8Array(Float32Array.of(rate).buffer) },
      },
    ],
  });
  return graph.finish();
}
