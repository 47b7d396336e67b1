import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of bytes or of a string's UTF-8, in lower-case hex. */
export function sha256OfBytes(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of a file, read as a stream. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** What a file looks like from outside; differs when the file was written again. */
async function fileState(path: string): Promise<string> {
  const { mtimeNs, size } = await stat(path, { bigint: true });
  return `${mtimeNs.toString()}/${size.toString()}`;
}

const knownDigests = new Map<string, { state: string; sha256: string }>();

/** SHA-256 of a file that others may write; hashed again only when its size or its modification time changed. */
export async function sha256OfSource(path: string): Promise<string> {
  const state = await fileState(path);
  const known = knownDigests.get(path);
  if (known?.state === state) return known.sha256;
  const sha256 = await sha256OfFile(path);
  knownDigests.set(path, { state, sha256 });
  return sha256;
}
