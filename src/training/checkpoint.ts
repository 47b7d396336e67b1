/** What a run keeps after an epoch, so that a retry goes on from there: its metrics, and what its trainer needs. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { TemperedError } from '../domain/errors.js';
import { parse } from '../domain/parse.js';

const checkpointSchema = z.strictObject({
  format: z.literal(2),
  runId: z.string(),
  /** Epochs done. */
  epoch: z.int().min(0),
  metrics: z.array(z.strictObject({ name: z.string(), step: z.int(), value: z.number() })),
  /** The trainer's own. */
  state: z.unknown(),
});

export type Checkpoint = z.output<typeof checkpointSchema>;

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
