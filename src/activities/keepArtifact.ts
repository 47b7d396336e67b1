import type { ArtifactReference, ArtifactStore } from '../artifacts/store.js';
import { TemperedError } from '../domain/errors.js';
import { recordArtifact, type ArtifactKind } from '../store/artifacts.js';
import type { Database } from '../store/database.js';

interface Keeper {
  db: Database;
  artifacts: ArtifactStore;
}

/**
 * Records an artifact that was just stored. From then on garbage collection spares it; what it removed in the moment
 * before is noticed here, and stored again by the activity's next attempt.
 *
 * @throws TemperedError `Conflict`
 */
export async function keepArtifact(
  { db, artifacts }: Keeper,
  artifact: ArtifactReference & { kind: ArtifactKind },
): Promise<void> {
  await recordArtifact(db, artifact);
  await assertStored(artifacts, artifact.sha256);
}

/** As `keepArtifact`, for what was recorded together with what it belongs to. */
export async function assertStored(artifacts: ArtifactStore, sha256: string): Promise<void> {
  if (await artifacts.has(sha256)) return;
  throw new TemperedError(
    'Conflict',
    `Artifact ${sha256} was removed from the store while it was being recorded. Trying again stores it again.`,
  );
}
