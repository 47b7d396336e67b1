/**
 * Artifacts in a folder: `sha256/ab/abcdef…`.
 *
 * Invariants: a file appears under its name only when it is whole and on disk (written aside, fsynced, renamed);
 * its bytes are hashed on every fetch.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { sha256OfFile } from './digest.js';
import {
  damaged,
  isSha256,
  notInStore,
  relativePathOf,
  type ArtifactReference,
  type ArtifactStore,
  type StoredArtifact,
  type Unfinished,
} from './store.js';

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface FileSystemArtifactStore extends ArtifactStore {
  /** Stores what a stream brings, as `putFile` does. */
  putStream(stream: Readable): Promise<ArtifactReference>;
}

/** Opens the artifact store that lies in this folder; the folder is made when the first artifact comes. */
export function openFileSystemArtifactStore(directory: string): FileSystemArtifactStore {
  const root = resolve(directory);
  return {
    putFile: (path) => putStream(root, createReadStream(path)),
    putBytes: (bytes) => put(root, [bytes]),
    putStream: (stream) => putStream(root, stream),
    fetch: (sha256) => fetchVerified(root, sha256),
    has: (sha256) => exists(join(root, relativePathOf(sha256))),
    list: () => list(join(root, 'sha256')),
    remove: (sha256, storedBefore) => remove(root, sha256, storedBefore),
    listUnfinished: (startedBefore) => listUnfinished(root, startedBefore),
  };
}

function putStream(root: string, stream: Readable): Promise<ArtifactReference> {
  stream.on('error', () => undefined); // It may fail before it is read; whoever reads it then is told.
  return put(root, stream);
}

async function put(root: string, chunks: Chunks): Promise<ArtifactReference> {
  const incoming = join(root, 'incoming');
  await mkdir(incoming, { recursive: true });
  const temporary = join(incoming, randomUUID());
  try {
    const reference = await writeHashed(temporary, chunks);
    const destination = join(root, relativePathOf(reference.sha256));
    await mkdir(dirname(destination), { recursive: true });
    await rename(temporary, destination);
    await syncDirectory(dirname(destination));
    return reference;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeHashed(path: string, chunks: Chunks): Promise<ArtifactReference> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx', 0o444);
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Makes a rename itself survive a power cut. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function fetchVerified(root: string, sha256: string): Promise<string> {
  const path = join(root, relativePathOf(sha256));
  const found = await sha256OfFile(path).catch((cause: unknown) => {
    throw isMissing(cause) ? notInStore(sha256, root, cause) : cause;
  });
  if (found !== sha256) throw damaged(sha256, found, path);
  return path;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
}

async function* list(folder: string): AsyncGenerator<StoredArtifact, void, void> {
  for await (const shard of entriesOf(folder)) {
    for await (const sha256 of entriesOf(join(folder, shard))) {
      const found = await statOrNull(join(folder, shard, sha256));
      if (found !== null && isSha256(sha256)) yield { sha256, bytes: found.size, storedAt: found.mtime };
    }
  }
}

async function remove(root: string, sha256: string, storedBefore: Date): Promise<boolean> {
  const path = join(root, relativePathOf(sha256));
  const found = await statOrNull(path);
  if (found === null || found.mtime >= storedBefore) return false;
  await rm(path, { force: true });
  return true;
}

async function* listUnfinished(root: string, startedBefore: Date): AsyncGenerator<Unfinished, void, void> {
  const incoming = join(root, 'incoming');
  for await (const name of entriesOf(incoming)) {
    const path = join(incoming, name);
    const found = await statOrNull(path);
    if (found === null || found.mtime >= startedBefore) continue;
    yield { name: path, startedAt: found.mtime, remove: () => rm(path, { force: true }) };
  }
}

/** Names in a folder, as a stream; none where there is no such folder. */
async function* entriesOf(folder: string): AsyncGenerator<string, void, void> {
  try {
    for await (const entry of await opendir(folder)) yield entry.name;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function statOrNull(path: string) {
  return stat(path).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
