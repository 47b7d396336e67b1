import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TemperedError } from '../../domain/errors.js';
import type { Source, SourceConfiguration } from '../../domain/sourceConfiguration.js';
import { sha256OfBytes, sha256OfFile, sha256OfSource } from '../digest.js';
import { filesMatching, type FilePattern } from './filePattern.js';
import { downloadObjects } from './s3Objects.js';

export type FilesConfiguration = Exclude<SourceConfiguration, { kind: 'postgres' }>;

export interface SourceFiles {
  /** Absolute paths, in the order in which they are read. */
  paths: string[];
  /** One file's SHA-256, or that over the SHA-256 of several; it shows whether they were written to meanwhile. */
  digest(): Promise<string>;
}

/**
 * The files of a source on this machine; what lies in S3 is downloaded into `scratch`.
 *
 * @throws TemperedError `NotFound` where no file is there, `Unavailable`
 */
export async function findSourceFiles(
  name: Source['name'],
  { path, endpoint }: FilesConfiguration,
  scratch: string,
): Promise<SourceFiles> {
  const inS3 = path.startsWith('s3:');
  const paths = inS3
    ? await downloadObjects(path, endpoint, scratch)
    : await keepFiles(await filesMatching(resolve(path), listFiles));
  if (paths.length === 0) {
    const shown = inS3 ? path : resolve(path);
    throw new TemperedError(
      'NotFound',
      `Source "${name}" should be at ${shown}, but there is no file. Correct its path in TEMPERED_SOURCES on this worker.`,
    );
  }
  // Downloads are read-only to everyone else and soon gone: remembering their digests would only cost memory.
  return { paths, digest: () => digestOf(paths, inS3 ? sha256OfFile : sha256OfSource) };
}

async function listFiles({ base, deep }: FilePattern): Promise<string[]> {
  const names = await readdir(base, { recursive: deep }).catch(() => []);
  return names.map((name) => join(base, name));
}

async function keepFiles(paths: string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => null)));
  return paths.filter((_, i) => found[i]?.isFile() === true);
}

async function digestOf(paths: string[], digest: (path: string) => Promise<string>): Promise<string> {
  const digests: string[] = [];
  for (const path of paths) digests.push(await digest(path));
  const [only] = digests;
  return only !== undefined && digests.length === 1 ? only : sha256OfBytes(digests.join('\n'));
}
