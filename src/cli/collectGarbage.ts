import type { ArtifactStore, StoredArtifact, Unfinished } from '../artifacts/store.js';
import { findKept, removeUnreferenced } from '../store/artifactReferences.js';
import type { Database } from '../store/database.js';

/** Held locked together in the database; few, so that nobody waits for long. */
const batchSize = 50;

export interface CollectionOptions {
  db: Database;
  artifacts: ArtifactStore;
  /** What was stored, recorded or begun since then is left alone: somebody may be about to refer to it. */
  before: Date;
  /** Only finds, removes nothing. */
  dryRun: boolean;
}

/** Finds what lies in the store and nothing in the database refers to, and what puts left unfinished; removes it. */
export async function* collectGarbage(
  options: CollectionOptions,
): AsyncGenerator<StoredArtifact | Unfinished, void, void> {
  let batch: StoredArtifact[] = [];
  for await (const artifact of options.artifacts.list()) {
    if (artifact.storedAt >= options.before) continue;
    batch.push(artifact);
    if (batch.length < batchSize) continue;
    yield* collectBatch(options, batch);
    batch = [];
  }
  yield* collectBatch(options, batch);
  for await (const unfinished of options.artifacts.listUnfinished(options.before)) {
    if (!options.dryRun) await unfinished.remove();
    yield unfinished;
  }
}

async function* collectBatch(
  { db, artifacts, before, dryRun }: CollectionOptions,
  batch: readonly StoredArtifact[],
): AsyncGenerator<StoredArtifact, void, void> {
  if (batch.length === 0) return;
  const sha256s = batch.map(({ sha256 }) => sha256);
  const garbage = dryRun
    ? await unkept(db, sha256s, before)
    : await removeUnreferenced(db, sha256s, {
        recordedBefore: before,
        remove: (sha256) => artifacts.remove(sha256, before),
      });
  const found = new Set(garbage);
  for (const artifact of batch) if (found.has(artifact.sha256)) yield artifact;
}

async function unkept(db: Database, sha256s: readonly string[], recordedBefore: Date): Promise<string[]> {
  const kept = await findKept(db, sha256s, recordedBefore);
  return sha256s.filter((sha256) => !kept.has(sha256));
}
