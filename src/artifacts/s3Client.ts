/** The AWS SDK, loaded only where something lies in S3. Credentials and region come by the SDK's own chain. */
import type { S3Client } from '@aws-sdk/client-s3';
import { messageOf, TemperedError } from '../domain/errors.js';

export interface S3Location {
  bucket: string;
  key: string;
}

/** Splits `s3://bucket/some/key`; the key may be empty. */
export function parseS3Url(url: string): S3Location {
  const { protocol, hostname, pathname } = new URL(url);
  if (protocol !== 's3:' || hostname === '') {
    throw new TemperedError('InvalidInput', `"${url}" is not an S3 address, like s3://bucket/prefix.`);
  }
  return { bucket: hostname, key: decodeURIComponent(pathname.slice(1)) };
}

/** @param endpoint - of a server that is not AWS, like http://127.0.0.1:7070 */
export async function openS3Client(endpoint: string | undefined): Promise<S3Client> {
  const sdk = await import('@aws-sdk/client-s3');
  if (endpoint === undefined) return new sdk.S3Client();
  return new sdk.S3Client({
    endpoint,
    forcePathStyle: true,
    // Such servers seldom have regions, but a signature needs one; not all of them know the SDK's newer checksums.
    region: process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/** Whether S3 answered that there is no such object, or no such bucket. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && ['NoSuchKey', 'NoSuchBucket', 'NotFound'].includes(error.name);
}

/** What else goes wrong with S3 (network, credentials, permissions) is for its operator to mend: try again later. */
export function s3Unavailable(what: string, cause: unknown): TemperedError {
  const name = cause instanceof Error ? `${cause.name}: ` : '';
  return new TemperedError(
    'Unavailable',
    `${what} failed (${name}${messageOf(cause)}). Check TEMPERED_S3_ENDPOINT, the credentials of this process and the bucket's policy.`,
    { cause },
  );
}
