/** What lies under a prefix of a bucket, page by page. */
import type { S3Client } from '@aws-sdk/client-s3';
import { s3Unavailable } from './s3Client.js';
import type { Unfinished } from './store.js';

export interface ListedObject {
  key: string;
  bytes: number;
  modifiedAt: Date;
}

/** @throws TemperedError `Unavailable` */
export async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<ListedObject, void, void> {
  const { paginateListObjectsV2 } = await import('@aws-sdk/client-s3');
  const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix });
  for (;;) {
    const page = await pages.next().catch((error: unknown) => {
      throw s3Unavailable(`Listing s3://${bucket}/${prefix}`, error);
    });
    if (page.done === true) return;
    for (const { Key, Size, LastModified } of page.value.Contents ?? []) {
      if (Key !== undefined) yield { key: Key, bytes: Size ?? 0, modifiedAt: LastModified ?? new Date() };
    }
  }
}

/**
 * Uploads in parts that were never completed.
 *
 * @throws TemperedError `Unavailable`
 */
export async function* listUnfinishedUploads(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<Unfinished, void, void> {
  const { AbortMultipartUploadCommand, ListMultipartUploadsCommand } = await import('@aws-sdk/client-s3');
  let after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | null = {};
  while (after !== null) {
    const page: Awaited<ReturnType<typeof ask>> = await ask(after);
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      const upload = { Bucket: bucket, Key, UploadId };
      yield {
        name: `upload ${String(UploadId)} of ${String(Key)}`,
        startedAt: Initiated ?? new Date(),
        remove: async () => {
          await client.send(new AbortMultipartUploadCommand(upload));
        },
      };
    }
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    after = IsTruncated === true ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : null;
  }

  function ask(marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined }) {
    return client
      .send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...marker }))
      .catch((error: unknown) => {
        throw s3Unavailable(`Listing the uploads to s3://${bucket}/${prefix}`, error);
      });
  }
}
