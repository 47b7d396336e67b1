/** Objects of S3 as local files: DuckDB reads files only. */
import type { S3Client } from '@aws-sdk/client-s3';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isAbsent, openS3Client, parseS3Url, s3Unavailable } from '../s3Client.js';
import { filesMatching, type FilePattern } from './filePattern.js';

/**
 * Downloads the objects that an S3 path names, one after the other and as streams.
 *
 * @returns the local files, in the order of their keys; none where no object matches
 * @throws TemperedError `Unavailable`
 */
export async function downloadObjects(
  path: string,
  endpoint: string | undefined,
  directory: string,
): Promise<string[]> {
  const { bucket, key } = parseS3Url(path);
  const client = await openS3Client(endpoint);
  try {
    const keys = await filesMatching(key, (pattern) => listKeys(client, bucket, pattern));
    const files: string[] = [];
    for (const [i, found] of keys.entries()) {
      const file = join(directory, `object-${String(i)}`);
      if (await download(client, { bucket, key: found }, file)) files.push(file);
    }
    return files;
  } catch (cause) {
    throw s3Unavailable(`Reading ${path}`, cause);
  } finally {
    client.destroy();
  }
}

async function listKeys(client: S3Client, bucket: string, { base }: FilePattern): Promise<string[]> {
  const { paginateListObjectsV2 } = await import('@aws-sdk/client-s3');
  const keys: string[] = [];
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: base })) {
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
  }
  return keys;
}

/** @returns false where there is no such object */
async function download(
  client: S3Client,
  { bucket, key }: { bucket: string; key: string },
  file: string,
): Promise<boolean> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (!(Body instanceof Readable)) throw new Error(`S3 sent no body for ${key}`);
    await pipeline(Body, createWriteStream(file, { flags: 'wx' }));
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
