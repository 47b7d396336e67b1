import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../src/workers/local/ports.js';
import { lastLines, spawnServer } from '../../../src/workers/local/serverProcess.js';
import { waitUntil } from '../../../src/workers/local/waitUntil.js';
import { requireEnvironment } from '../../support/environment.js';

/** Set for this process, where the AWS SDK's own chain finds them. */
const credentials = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'] as const;

export interface S3Server {
  endpoint: string;
  /** Where a bucket's objects lie as files. */
  folderOf(bucket: string): string;
  /** @returns the name of a new bucket */
  createBucket(): Promise<string>;
  stop(): Promise<void>;
}

/** A real S3 server over a folder, on a free port, with credentials that this process has from now on. */
export async function startS3Server(): Promise<S3Server> {
  const home = await mkdtemp(join(tmpdir(), 'tempered-s3-'));
  const buckets = join(home, 'buckets');
  await mkdir(buckets);
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${String(port)}`;
  const [access, secret] = ['tempered-test', randomBytes(16).toString('hex')];
  const logFile = join(home, 'versitygw.log');
  const server = await spawnServer({
    command: requireEnvironment('TEMPERED_VERSITYGW'),
    args: ['--port', `127.0.0.1:${String(port)}`, '--health', '/health', 'posix', buckets],
    environment: { ...process.env, ROOT_ACCESS_KEY: access, ROOT_SECRET_KEY: secret },
    logFile,
    stopSignal: 'SIGTERM',
    stopGraceMs: 5_000,
  });
  let ended: string | null = null;
  void server.ended.then((how) => (ended = how));
  await waitUntil(`versitygw at ${endpoint}`, () => fetch(`${endpoint}/health`), {
    timeoutMs: 20_000,
    giveUp: () => ended,
  }).catch(async (error: unknown) => {
    await server.stop();
    throw new Error(await lastLines(logFile), { cause: error });
  });
  process.env.AWS_ACCESS_KEY_ID = access;
  process.env.AWS_SECRET_ACCESS_KEY = secret;
  process.env.AWS_REGION = 'us-east-1';
  return {
    endpoint,
    folderOf: (bucket) => join(buckets, bucket),
    async createBucket() {
      const bucket = `bucket-${randomBytes(6).toString('hex')}`;
      await mkdir(join(buckets, bucket));
      return bucket;
    },
    async stop() {
      credentials.forEach((name) => Reflect.deleteProperty(process.env, name));
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
