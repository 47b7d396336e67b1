/**
 * Everything a training needs to go on after an epoch. With the job's seed, from which each epoch draws its own
 * order of rows, it determines all that follows.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { TemperedError } from '../domain/errors.js';
import { parse } from '../domain/parse.js';

const tensorSchema = z.strictObject({
  name: z.string(),
  shape: z.array(z.int()),
  dtype: z.enum(['float32', 'int32']),
  /** Little-endian values. */
  base64: z.base64(),
});

const checkpointSchema = z.strictObject({
  format: z.literal(1),
  runId: z.string(),
  /** Epochs done. */
  epoch: z.int().min(0),
  /** Mean loss of each epoch done. */
  losses: z.array(z.number()),
  weights: z.array(tensorSchema),
  optimizer: z.array(tensorSchema),
});

export type Checkpoint = z.output<typeof checkpointSchema>;
export type StoredTensor = z.output<typeof tensorSchema>;

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(checkpoint));
}

/** @throws TemperedError `InvalidInput` where the file is no checkpoint of this run */
export async function readCheckpoint(path: string, runId: string): Promise<Checkpoint> {
  const given: unknown = JSON.parse(await readFile(path, 'utf8'));
  const checkpoint = parse(checkpointSchema, given, 'The checkpoint');
  if (checkpoint.runId === runId) return checkpoint;
  throw new TemperedError(
    'InvalidInput',
    `The checkpoint belongs to run ${checkpoint.runId}, not to ${runId}. Resume a run from its own checkpoints, or start without one.`,
  );
}
