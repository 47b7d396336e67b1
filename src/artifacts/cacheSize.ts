import type { ArtifactStore, StoredArtifact } from './store.js';

/** Whoever fetched a copy so recently may not have opened it yet. */
const inUseMs = 60 * 60 * 1000;

/** Removes those copies of a local folder that were fetched longest ago, until the others fit into `maxBytes`. */
export async function keepWithin(cache: ArtifactStore, maxBytes: number, now = Date.now()): Promise<void> {
  const copies: StoredArtifact[] = [];
  for await (const copy of cache.list()) copies.push(copy);
  let bytes = copies.reduce((sum, copy) => sum + copy.bytes, 0);
  if (bytes <= maxBytes) return;
  const unused = new Date(now - inUseMs);
  copies.sort((a, b) => a.storedAt.getTime() - b.storedAt.getTime());
  for (const { sha256, bytes: freed } of copies) {
    if (bytes <= maxBytes || !(await cache.remove(sha256, unused))) return;
    bytes -= freed;
  }
}
