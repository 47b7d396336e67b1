import { TemperedError } from '../domain/errors.js';

/** An artifact's name is the hash of its bytes: it never changes, and what does not match its name is never used. */
export interface ArtifactReference {
  sha256: string;
  bytes: number;
}

/** What lies in a store. `storedAt` is when it was last stored; storing the same bytes again renews it. */
export interface StoredArtifact extends ArtifactReference {
  storedAt: Date;
}

export interface ArtifactStore {
  /**
   * Stores a copy of the file. It appears whole or not at all. Storing the same bytes again keeps one copy, and repairs
   * a damaged one.
   */
  putFile(path: string): Promise<ArtifactReference>;

  /** Stores these bytes, as `putFile` does. */
  putBytes(bytes: Uint8Array): Promise<ArtifactReference>;

  /**
   * Path of a local, read-only file with the artifact's bytes, checked against the hash on every call.
   *
   * @throws TemperedError `NotFound`, `CorruptArtifact`, or `InvalidInput` for what is no SHA-256
   */
  fetch(sha256: string): Promise<string>;

  /** Whether the artifact is there, by its name only. */
  has(sha256: string): Promise<boolean>;

  /** Everything in the store, in no order and never all at once. */
  list(): AsyncIterable<StoredArtifact>;

  /**
   * Removes an artifact that was last stored before this moment.
   *
   * @returns whether it did; false where it is younger or not there
   */
  remove(sha256: string, storedBefore: Date): Promise<boolean>;

  /** What puts left unfinished (their process was killed) that began before this moment, by a name for the reader. */
  listUnfinished(startedBefore: Date): AsyncIterable<Unfinished>;
}

export interface Unfinished {
  name: string;
  startedAt: Date;
  remove(): Promise<void>;
}

const sha256Pattern = /^[0-9a-f]{64}$/;

export function isSha256(text: string): boolean {
  return sha256Pattern.test(text);
}

/**
 * Where an artifact lies under a store's root: a name from outside never becomes a path before it proved to be a hash.
 *
 * @throws TemperedError `InvalidInput`
 */
export function relativePathOf(sha256: string): string {
  if (!isSha256(sha256)) {
    throw new TemperedError(
      'InvalidInput',
      `An artifact is named by its SHA-256 in lower-case hex, not by ${JSON.stringify(sha256)}.`,
    );
  }
  return `sha256/${sha256.slice(0, 2)}/${sha256}`;
}

export function notInStore(sha256: string, where: string, cause: unknown): TemperedError {
  return new TemperedError(
    'NotFound',
    `Artifact ${sha256} is not in the store at ${where}. Check that every process uses the same TEMPERED_ARTIFACTS.`,
    { cause },
  );
}

export function damaged(sha256: string, found: string, where: string): TemperedError {
  return new TemperedError(
    'CorruptArtifact',
    `Artifact ${sha256} is damaged: what lies at ${where} hashes to ${found}. Restore it from a backup, or make the artifact again: storing it anew repairs it.`,
  );
}
