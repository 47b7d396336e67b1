import { z } from 'zod';

/** FP32 values as base64 of their little-endian bytes: JSON's numbers would be twice as long. */
const floatsSchema = z.codec(
  z.base64(),
  z.custom<Float32Array>((given) => given instanceof Float32Array),
  {
    decode: (base64) => new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer),
    encode: (values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
  },
);

/** With the task, from whose seed each epoch draws its order of rows, it determines all that follows. */
export const fitStateSchema = z.strictObject({
  /** Of the network's variables, in their order. */
  weights: z.array(floatsSchema),
  /** Adam's: the first moment of all variables, one after the other; then the second. */
  moments: z.array(floatsSchema),
  /** Batches done. */
  step: z.int().min(0),
  /** The best epoch so far, where rows are held out. */
  best: z
    .strictObject({ epoch: z.int(), validationLoss: z.number(), weights: z.array(floatsSchema) })
    .nullable(),
});

export type FitState = z.output<typeof fitStateSchema>;
