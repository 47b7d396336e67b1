/**
 * Artifacts in an S3 bucket: `prefix/sha256/ab/abcdef…`, fetched through a folder on this machine.
 *
 * Invariants: an object appears under its name only when it is whole (S3 completes an upload or does not) and has that
 * hash; what is fetched is hashed every time, the local copy too.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat, utimes } from 'node:fs/promises';
import { pipeline, Readable, Transform } from 'node:stream';
import { TemperedError } from '../domain/errors.js';
import { keepWithin } from './cacheSize.js';
import { sha256OfBytes, sha256OfFile } from './digest.js';
import { openFileSystemArtifactStore, type FileSystemArtifactStore } from './fileSystem.js';
import { isAbsent, openS3Client, parseS3Url, s3Unavailable } from './s3Client.js';
import { listObjects, listUnfinishedUploads } from './s3Listing.js';
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

export interface S3StoreOptions {
  /** `s3://bucket/prefix`; the bucket must be there already. */
  url: string;
  /** Of a server that is not AWS. */
  endpoint?: string | undefined;
  /** Folder of local copies; several processes may share it. */
  cacheDirectory: string;
  /** When the copies take more than this, those fetched longest ago are removed. */
  cacheMaxBytes: number;
}

/** Opens the artifact store under this address. S3 is first spoken to when something is asked of the store. */
export function openS3ArtifactStore(options: S3StoreOptions): ArtifactStore {
  return new S3ArtifactStore(options);
}

/** Later than anything: of two copies under a wrong name, none is young enough to stay. */
const always = new Date(8.64e15);

/** S3's own limits of an upload. */
const smallestPartBytes = 5 * 1024 * 1024;
const mostParts = 10_000;

class S3ArtifactStore implements ArtifactStore {
  private readonly cache: FileSystemArtifactStore;
  private readonly bucket: string;
  /** Empty, or ends with a slash. */
  private readonly prefix: string;
  private client: Promise<S3Client> | undefined;

  constructor(private readonly options: S3StoreOptions) {
    const { bucket, key } = parseS3Url(options.url);
    this.bucket = bucket;
    this.prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
    this.cache = openFileSystemArtifactStore(options.cacheDirectory);
  }

  async putFile(path: string): Promise<ArtifactReference> {
    const sha256 = await sha256OfFile(path);
    const { size } = await stat(path);
    await this.upload({ sha256, bytes: size }, whileItHashesTo(sha256, path));
    return { sha256, bytes: size };
  }

  async putBytes(bytes: Uint8Array): Promise<ArtifactReference> {
    const sha256 = sha256OfBytes(bytes);
    await this.upload({ sha256, bytes: bytes.byteLength }, bytes);
    return { sha256, bytes: bytes.byteLength };
  }

  async fetch(sha256: string): Promise<string> {
    const local = await this.fetchLocal(sha256);
    if (local !== null) return local;
    const object = this.objectOf(sha256);
    const copied = await this.ask('Fetching an artifact', async (client) => {
      const { GetObjectCommand } = await import('@aws-sdk/client-s3');
      const { Body } = await client.send(new GetObjectCommand(object)).catch((error: unknown) => {
        throw isAbsent(error) ? notInStore(sha256, this.options.url, error) : error;
      });
      if (!(Body instanceof Readable)) throw new Error(`S3 sent no body for ${object.Key}`);
      return this.cache.putStream(Body);
    });
    if (copied.sha256 !== sha256) {
      await this.cache.remove(copied.sha256, always);
      throw damaged(sha256, copied.sha256, `s3://${this.bucket}/${object.Key}`);
    }
    await keepWithin(this.cache, this.options.cacheMaxBytes);
    return this.cache.fetch(sha256);
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.stateOf(sha256)) !== null;
  }

  async *list(): AsyncGenerator<StoredArtifact, void, void> {
    const client = await this.connect();
    for await (const { key, bytes, modifiedAt } of listObjects(
      client,
      this.bucket,
      `${this.prefix}sha256/`,
    )) {
      const sha256 = key.slice(key.lastIndexOf('/') + 1);
      if (isSha256(sha256)) yield { sha256, bytes, storedAt: modifiedAt };
    }
  }

  async remove(sha256: string, storedBefore: Date): Promise<boolean> {
    const found = await this.stateOf(sha256);
    if (found === null || found.storedAt >= storedBefore) return false;
    await this.ask('Removing an artifact', async (client) => {
      const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
      await client.send(new DeleteObjectCommand(this.objectOf(sha256)));
    });
    return true;
  }

  async *listUnfinished(startedBefore: Date): AsyncGenerator<Unfinished, void, void> {
    const client = await this.connect();
    for await (const upload of listUnfinishedUploads(client, this.bucket, `${this.prefix}sha256/`)) {
      if (upload.startedAt < startedBefore) yield upload;
    }
  }

  private connect(): Promise<S3Client> {
    this.client ??= openS3Client(this.options.endpoint);
    return this.client;
  }

  private objectOf(sha256: string) {
    return { Bucket: this.bucket, Key: this.prefix + relativePathOf(sha256) };
  }

  /** Large files go up in parts; nothing appears before the last one is there, and a failed upload leaves nothing. */
  private async upload({ sha256, bytes }: ArtifactReference, body: Readable | Uint8Array): Promise<void> {
    await this.ask('Storing an artifact', async (client) => {
      const { Upload } = await import('@aws-sdk/lib-storage');
      const partSize = Math.max(smallestPartBytes, Math.ceil(bytes / mostParts));
      await new Upload({ client, partSize, params: { ...this.objectOf(sha256), Body: body } }).done();
    });
  }

  /** The copy on this machine. Null where there is none, or a damaged one: what counts lies in S3. */
  private async fetchLocal(sha256: string): Promise<string | null> {
    try {
      const path = await this.cache.fetch(sha256);
      const now = new Date();
      await utimes(path, now, now); // Its age is what it is kept by.
      return path;
    } catch (error) {
      if (error instanceof TemperedError && error.code !== 'InvalidInput') return null;
      throw error;
    }
  }

  private async stateOf(sha256: string): Promise<StoredArtifact | null> {
    const object = this.objectOf(sha256);
    return this.ask('Looking for an artifact', async (client) => {
      const { HeadObjectCommand } = await import('@aws-sdk/client-s3');
      try {
        const { ContentLength, LastModified } = await client.send(new HeadObjectCommand(object));
        return { sha256, bytes: ContentLength ?? 0, storedAt: LastModified ?? new Date() };
      } catch (error) {
        if (isAbsent(error)) return null;
        throw error;
      }
    });
  }

  /** @throws TemperedError its own, else `Unavailable` */
  private async ask<Result>(what: string, work: (client: S3Client) => Promise<Result>): Promise<Result> {
    try {
      return await work(await this.connect());
    } catch (error) {
      throw error instanceof TemperedError ? error : s3Unavailable(`${what} in ${this.options.url}`, error);
    }
  }
}

/** A file's bytes; fails at its end where they are not what was hashed before: the name would lie. */
function whileItHashesTo(sha256: string, path: string): Readable {
  const hash = createHash('sha256');
  const check = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      const same = hash.digest('hex') === sha256;
      done(
        same ? null : new TemperedError('Conflict', `${path} was written to while it was stored. Try again.`),
      );
    },
  });
  return pipeline(createReadStream(path), check, () => undefined); // A failure destroys `check`, whose reader sees it.
}
