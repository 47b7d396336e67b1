import { recordArtifact } from './artifacts.js';
import type { Database } from './database.js';

export interface RunCheckpoint {
  runId: string;
  /** Epochs done. */
  epoch: number;
  sha256: string;
  bytes: number;
}

/**
 * Makes this the checkpoint that a retry of the run goes on from; those of epochs before are no longer referred to.
 * Recording it again changes nothing, and neither does recording one of a run that has ended.
 */
export async function recordCheckpoint(
  db: Database,
  { runId, epoch, sha256, bytes }: RunCheckpoint,
): Promise<void> {
  await db.transaction(async (transaction) => {
    const running = await transaction('runs')
      .where({ id: runId, status: 'running' })
      .forShare()
      .select<{ id: string }[]>('id');
    if (running.length === 0) return;
    await recordArtifact(transaction, { sha256, bytes, kind: 'checkpoint' });
    await transaction('run_checkpoints')
      .insert({ run_id: runId, epoch, artifact_sha256: sha256 })
      .onConflict(['run_id', 'epoch'])
      .merge(['artifact_sha256']);
    await transaction('run_checkpoints').where({ run_id: runId }).andWhere('epoch', '<', epoch).delete();
  });
}

/** SHA-256 of the checkpoint that a retry of the run goes on from; null where there is none. */
export async function readCheckpointSha256(db: Database, runId: string): Promise<string | null> {
  const row = await db('run_checkpoints')
    .where({ run_id: runId })
    .orderBy('epoch', 'desc')
    .first<{ artifact_sha256: string } | undefined>('artifact_sha256');
  return row?.artifact_sha256 ?? null;
}
