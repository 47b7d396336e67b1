import type { ArtifactKind } from './artifacts.js';
import type { Database } from './database.js';

export interface RunArtifact {
  /** What it is to the run: "model", "checkpoint". */
  name: string;
  sha256: string;
  bytes: number;
  kind: ArtifactKind;
}

/** Records that a run made an artifact, which is recorded already. Recording it again changes nothing. */
export async function recordRunArtifact(
  db: Database,
  { runId, name, sha256 }: { runId: string; name: string; sha256: string },
): Promise<void> {
  await db('run_artifacts')
    .insert({ run_id: runId, name, artifact_sha256: sha256 })
    .onConflict(['run_id', 'name'])
    .ignore();
}

export async function listRunArtifacts(db: Database, runId: string): Promise<RunArtifact[]> {
  return db('run_artifacts')
    .join('artifacts', 'artifacts.sha256', 'run_artifacts.artifact_sha256')
    .where('run_artifacts.run_id', runId)
    .orderBy('run_artifacts.name')
    .select<RunArtifact[]>('run_artifacts.name', 'artifacts.sha256', 'artifacts.bytes', 'artifacts.kind');
}
