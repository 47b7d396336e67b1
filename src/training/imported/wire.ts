/**
 * Protobuf messages as they lie on the wire: fields one after the other. Whoever changes a message here keeps every
 * field that he does not know, which a cut-down schema would drop.
 */
import protobuf from 'protobufjs/light.js';

export interface Field {
  number: number;
  /** The whole field, its tag included. */
  bytes: Uint8Array;
  /** What a string, bytes or a message holds; null for numbers. */
  value: Uint8Array | null;
}

const lengthDelimited = 2;

/** @throws RangeError or Error where the bytes are no message */
export function fieldsOf(message: Uint8Array): Field[] {
  const reader = protobuf.Reader.create(message);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const wireType = tag & 7;
    let value: Uint8Array | null = null;
    if (wireType === lengthDelimited) value = reader.bytes();
    else reader.skipType(wireType);
    fields.push({ number: tag >>> 3, bytes: message.subarray(start, reader.pos), value });
  }
  return fields;
}

/** A field that holds a string, bytes or a message. */
export function fieldWith(number: number, value: Uint8Array): Uint8Array {
  return protobuf.Writer.create()
    .uint32(((number << 3) | lengthDelimited) >>> 0)
    .bytes(value)
    .finish();
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
