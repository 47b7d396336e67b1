import { z } from 'zod';
import { elementType, modelType } from './schema.js';

const tensorSchema = z.object({
  dims: z.array(z.number()),
  dataType: z.number(),
  rawData: z.instanceof(Uint8Array),
});

const graphSchema = z.object({
  node: z.array(
    z.object({
      opType: z.string(),
      output: z.array(z.string()),
      attribute: z.array(
        z.object({ name: z.string(), t: tensorSchema.nullish(), floats: z.array(z.number()).default([]) }),
      ),
    }),
  ),
  initializer: z.array(tensorSchema.extend({ name: z.string() })),
});

type StoredTensor = z.output<typeof tensorSchema>;

/** What a graph computes with: its operators in order, and its FP32 numbers by where they stand. */
export interface DecodedGraph {
  operators: string[];
  numbers: Map<string, Float32Array>;
}

/** @param model - an ONNX file that we wrote; of others, only what we write is read */
export function decodeGraph(model: Uint8Array): DecodedGraph {
  const decoded = modelType.decode(model);
  const { graph } = z
    .object({ graph: graphSchema })
    .parse(modelType.toObject(decoded, { longs: Number, arrays: true }));
  const numbers = new Map<string, Float32Array>();
  const keep = (place: string, tensor: StoredTensor) => {
    if (tensor.dataType === elementType.float) numbers.set(place, floatsOf(tensor.rawData));
  };
  for (const { name, ...tensor } of graph.initializer) keep(name, tensor);
  for (const { output, attribute } of graph.node) {
    for (const { name, t, floats } of attribute) {
      const place = `${output.join(',')}.${name}`;
      if (t != null) keep(place, t);
      if (floats.length > 0) numbers.set(place, Float32Array.from(floats));
    }
  }
  return { operators: graph.node.map(({ opType }) => opType), numbers };
}

function floatsOf(littleEndian: Uint8Array): Float32Array {
  // Copied, because an offset into the file need not be a multiple of four.
  return new Float32Array(Uint8Array.from(littleEndian).buffer);
}
