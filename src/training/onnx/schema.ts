/**
 * The part of ONNX's model format that our graphs use.
 *
 * Names, numbers and types of the fields are those of onnx.proto3 (github.com/onnx/onnx, IR version 8; Copyright (c)
 * ONNX Project Contributors, Apache License 2.0), cut down to what is written here.
 */
import protobuf from 'protobufjs/light.js';
import { z } from 'zod';

/** TensorProto.DataType. */
export const elementType = { float: 1, int32: 6, int64: 7, string: 8, double: 11 } as const;

/** AttributeProto.AttributeType. */
export const attributeType = { float: 1, int: 2, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

export interface AttributeProto {
  name: string;
  type: number;
  f?: number;
  i?: number;
  t?: TensorProto;
  floats?: number[];
  ints?: number[];
  strings?: Uint8Array[];
}

export interface TensorProto {
  name?: string;
  dims: number[];
  dataType: number;
  /** Little-endian values. */
  rawData: Uint8Array;
}

export interface NodeProto {
  opType: string;
  /** Absent for the standard operators. */
  domain?: string;
  input: string[];
  output: string[];
  attribute: AttributeProto[];
}

export interface ValueInfoProto {
  name: string;
  type: {
    tensorType: {
      elemType: number;
      /** A dimension without a value may have any. */
      shape: { dim: { dimParam?: string; dimValue?: number }[] };
    };
  };
}

export interface ModelProto {
  irVersion: number;
  opsetImport: { domain: string; version: number }[];
  producerName: string;
  graph: {
    name: string;
    node: NodeProto[];
    initializer: TensorProto[];
    input: ValueInfoProto[];
    output: ValueInfoProto[];
  };
}

const field = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ type, id, rule: 'repeated' });

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field('int64', 1),
        producerName: field('string', 2),
        graph: field('GraphProto', 7),
        opsetImport: repeated('OperatorSetIdProto', 8),
      },
    },
    OperatorSetIdProto: { fields: { domain: field('string', 1), version: field('int64', 2) } },
    GraphProto: {
      fields: {
        node: repeated('NodeProto', 1),
        name: field('string', 2),
        initializer: repeated('TensorProto', 5),
        input: repeated('ValueInfoProto', 11),
        output: repeated('ValueInfoProto', 12),
      },
    },
    NodeProto: {
      fields: {
        input: repeated('string', 1),
        output: repeated('string', 2),
        opType: field('string', 4),
        attribute: repeated('AttributeProto', 5),
        domain: field('string', 7),
      },
    },
    AttributeProto: {
      fields: {
        name: field('string', 1),
        f: field('float', 2),
        i: field('int64', 3),
        t: field('TensorProto', 5),
        floats: repeated('float', 7),
        ints: repeated('int64', 8),
        strings: repeated('bytes', 9),
        type: field('int32', 20),
      },
    },
    TensorProto: {
      fields: {
        dims: repeated('int64', 1),
        dataType: field('int32', 2),
        name: field('string', 8),
        rawData: field('bytes', 9),
      },
    },
    ValueInfoProto: { fields: { name: field('string', 1), type: field('TypeProto', 2) } },
    TypeProto: { fields: { tensorType: field('TensorTypeProto', 1) } },
    TensorTypeProto: { fields: { elemType: field('int32', 1), shape: field('TensorShapeProto', 2) } },
    TensorShapeProto: { fields: { dim: repeated('DimensionProto', 1) } },
    DimensionProto: { fields: { dimValue: field('int64', 1), dimParam: field('string', 2) } },
  },
});

/** Reads and writes the messages above; of a file from elsewhere it knows only them. */
export const modelType = root.lookupType('ModelProto');

/** The bytes of an ONNX file. Equal models give equal bytes. */
export function encodeModel(model: ModelProto): Uint8Array {
  return modelType.encode(modelType.create(model)).finish();
}

const decodedSchemas = {
  node: z.object({ opType: z.string().default(''), output: z.array(z.string()).default([]) }),
  opset: z.object({ domain: z.string().default(''), version: z.number().default(0) }),
  valueInfo: z.object({
    name: z.string().default(''),
    type: z
      .object({
        tensorType: z
          .object({
            elemType: z.number().default(0),
            shape: z
              .object({ dim: z.array(z.object({ dimValue: z.number().optional() })).default([]) })
              .optional(),
          })
          .optional(),
      })
      .optional(),
  }),
};

function decode<Schema extends z.ZodType>(type: string, schema: Schema, bytes: Uint8Array): z.output<Schema> {
  const found = root.lookupType(type);
  return schema.parse(found.toObject(found.decode(bytes), { longs: Number }));
}

/** What is needed of a file that others wrote; all else in it is passed over. */
export const decodeNode = (bytes: Uint8Array) => decode('NodeProto', decodedSchemas.node, bytes);
export const decodeOpset = (bytes: Uint8Array) => decode('OperatorSetIdProto', decodedSchemas.opset, bytes);
export const decodeValueInfo = (bytes: Uint8Array) =>
  decode('ValueInfoProto', decodedSchemas.valueInfo, bytes);
