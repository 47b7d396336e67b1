/** An artifact's name is the hash of its bytes: it never changes, and what does not match its name is never used. */
export interface ArtifactReference {
  sha256: string;
  bytes: number;
}

export interface ArtifactStore {
  /** Stores a copy of the file. Storing the same bytes again changes nothing, and repairs a damaged copy. */
  putFile(path: string): Promise<ArtifactReference>;

  /** Stores these bytes, as `putFile` does. */
  putBytes(bytes: Uint8Array): Promise<ArtifactReference>;

  /**
   * Path of a local, read-only file with the artifact's bytes, checked against the hash on every call.
   *
   * @throws TemperedError `NotFound`, `CorruptArtifact`, or `InvalidInput` for what is no SHA-256
   */
  fetch(sha256: string): Promise<string>;
}
