import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const checkpointSchema = z.object({
  /** Every flight before this was asked about. */
  eventTime: z.iso.datetime(),
  /** Flights that were asked about and have not arrived yet. */
  pending: z.array(z.object({ predictionId: z.string(), late: z.boolean(), observedAtMs: z.number() })),
});
export type ReplayCheckpoint = z.output<typeof checkpointSchema>;

/** Where a replay stood when it stopped, or null for one that never ran. */
export async function readCheckpoint(file: string): Promise<ReplayCheckpoint | null> {
  try {
    return checkpointSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new Error(`${file} is not a replay's checkpoint; remove it to replay from the beginning`, {
      cause: error,
    });
  }
}

/** Whole or not at all, so that a killed replay finds the one or the other. */
export async function writeCheckpoint(file: string, checkpoint: ReplayCheckpoint): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(checkpoint));
  await rename(`${file}.new`, file);
}
