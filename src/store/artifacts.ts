import type { Database } from './database.js';

export type ArtifactKind =
  'dataset' | 'model' | 'reference-profile' | 'checkpoint' | 'data-requirements' | 'feature-rows';

/** Records that an artifact exists, so that lineage can refer to it. Recording it again changes nothing. */
export async function recordArtifact(
  db: Database,
  artifact: { sha256: string; bytes: number; kind: ArtifactKind },
): Promise<void> {
  await db('artifacts').insert(artifact).onConflict('sha256').ignore();
}
