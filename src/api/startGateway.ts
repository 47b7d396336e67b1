import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { ArtifactStore } from '../artifacts/store.js';
import { messageOf } from '../domain/errors.js';
import { createInferencePool } from '../inference/pool.js';
import type { Database } from '../store/database.js';
import { isDatabaseAway } from '../store/connectionErrors.js';
import { OnlineFeatureReader } from '../store/onlineFeatures.js';
import { PredictionRecorder } from '../store/predictionRecorder.js';
import { createGateway } from './createGateway.js';
import type { Log } from './log.js';
import { DeploymentFollower } from './serving/deploymentFollower.js';
import { ReplicaLease } from './serving/replicaLease.js';
import { ServedModels } from './serving/servedModels.js';

export interface GatewayOptions {
  databaseUrl: string;
  host: string;
  /** 0 takes a free one. */
  port: number;
  inferenceThreads: number;
  maxBodyBytes: number;
  /** For everything but recording and listening, which have connections of their own. The caller destroys it. */
  db: Database;
  artifacts: ArtifactStore;
  log: Log;
}

export interface Gateway {
  /** Where it answers, with the port it really has. */
  url: string;
  replicaId: string;
  /** Stops accepting, finishes what is under way, and gives the lease back. Calling it again waits for the same. */
  close(): Promise<void>;
}

/** How long requests under way may take to finish once the gateway closes. */
const drainMs = 10_000;
const retryMs = 1_000;

/**
 * Starts a gateway of its own: inference threads, socket, lease, and the following of deployments. It waits for
 * PostgreSQL where that is away, and resolves when the current deployments were taken over.
 *
 * @throws where the address cannot be listened on, or the database has not our schema
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { databaseUrl, db, artifacts, log } = options;
  const replicaId = randomUUID();
  const pool = createInferencePool({ threads: options.inferenceThreads });
  const recorder = new PredictionRecorder(databaseUrl);
  const features = new OnlineFeatureReader(databaseUrl);
  const served = new ServedModels({ db, artifacts, pool, replicaId, log });
  const follower = new DeploymentFollower({ databaseUrl, db, served, log });
  const lease = new ReplicaLease({ db, replicaId, catchUp: () => follower.refresh(), log });
  let closing = false;
  const app = createGateway({
    ...options,
    served,
    pool,
    recorder,
    features,
    lease,
    isClosing: () => closing,
  });
  const listener = getRequestListener(app.fetch);
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));

  async function stop(): Promise<void> {
    await drain(server);
    await follower.close();
    await lease.end();
    await recorder.close();
    await features.close();
    await pool.close();
  }

  let stopped: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing = true;
    return (stopped ??= stop());
  };

  try {
    const url = await listen(server, options);
    await enter(lease, url, log);
    follower.start();
    log.info({ url, replicaId }, 'gateway ready');
    return { url, replicaId, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listen(server: Server, { host, port }: GatewayOptions): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`;
}

/** Waits for PostgreSQL, however long it is away. */
async function enter(lease: ReplicaLease, url: string, log: Log): Promise<void> {
  for (;;) {
    try {
      await lease.start(url);
      return;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      log.warn({ reason: messageOf(error) }, 'waiting for PostgreSQL');
      await sleep(retryMs);
    }
  }
}

async function drain(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(deadline);
}
