/** Tensors to and from their stored form. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { TensorFlow } from '../backend.js';

export const storedTensorSchema = z.strictObject({
  name: z.string(),
  shape: z.array(z.int()),
  dtype: z.enum(['float32', 'int32']),
  /** Little-endian values. */
  base64: z.base64(),
});
export type StoredTensor = z.output<typeof storedTensorSchema>;

export async function storeTensor(name: string, tensor: Tensor): Promise<StoredTensor> {
  const values = await tensor.data();
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return {
    name,
    shape: tensor.shape,
    dtype: tensor.dtype === 'int32' ? 'int32' : 'float32',
    base64: bytes.toString('base64'),
  };
}

export function restoreTensor(
  { tf }: Pick<TensorFlow, 'tf'>,
  stored: StoredTensor,
): { name: string; tensor: Tensor } {
  // Copied out of Node's shared pool, whose offset may not be a multiple of four.
  const { buffer } = new Uint8Array(Buffer.from(stored.base64, 'base64'));
  const values = stored.dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer);
  return { name: stored.name, tensor: tf.tensor(values, stored.shape, stored.dtype) };
}
