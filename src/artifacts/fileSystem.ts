/**
 * Artifacts in a folder: `sha256/ab/abcdef…`.
 *
 * Invariants: a file appears under its name only when it is whole and on disk (written aside, fsynced, renamed);
 * its bytes are hashed on every fetch; a name from outside never becomes a path before it proved to be a hash.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { TemperedError } from '../domain/errors.js';
import { sha256OfFile } from './digest.js';
import type { ArtifactReference, ArtifactStore } from './store.js';

/** Opens the artifact store that lies in this folder; the folder is made when the first artifact comes. */
export function openFileSystemArtifactStore(directory: string): ArtifactStore {
  const root = resolve(directory);
  return {
    putFile: (path) => put(root, createReadStream(path)),
    putBytes: (bytes) => put(root, [bytes]),
    fetch: (sha256) => fetchVerified(root, sha256),
  };
}

function pathOf(root: string, sha256: string): string {
  return join(root, 'sha256', sha256.slice(0, 2), sha256);
}

async function put(
  root: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<ArtifactReference> {
  const incoming = join(root, 'incoming');
  await mkdir(incoming, { recursive: true });
  const temporary = join(incoming, randomUUID());
  try {
    const reference = await writeHashed(temporary, chunks);
    const destination = pathOf(root, reference.sha256);
    await mkdir(dirname(destination), { recursive: true });
    await rename(temporary, destination);
    await syncDirectory(dirname(destination));
    return reference;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeHashed(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<ArtifactReference> {
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
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw new TemperedError(
      'InvalidInput',
      `An artifact is named by its SHA-256 in lower-case hex, not by ${JSON.stringify(sha256)}.`,
    );
  }
  const path = pathOf(root, sha256);
  const found = await sha256OfFile(path).catch((cause: unknown) => {
    throw isMissing(cause) ? notFound(sha256, root, cause) : cause;
  });
  if (found !== sha256) {
    throw new TemperedError(
      'CorruptArtifact',
      `Artifact ${sha256} is damaged: its file now hashes to ${found}. Restore ${path} from a backup, or make the artifact again: storing it anew repairs the file.`,
    );
  }
  return path;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function notFound(sha256: string, root: string, cause: unknown): TemperedError {
  return new TemperedError(
    'NotFound',
    `Artifact ${sha256} is not in the store at ${root}. Check that every process uses the same TEMPERED_ARTIFACTS_DIR.`,
    { cause },
  );
}
