import pg from 'pg';
import { messageOf } from '../../domain/errors.js';
import { deploymentChannel } from '../../domain/names.js';
import type { Database } from '../../store/database.js';
import { listDeployments } from '../../store/deployments.js';
import type { Log } from '../log.js';
import type { ServedModels } from './servedModels.js';

/** How often the deployments are read without being asked: notifications get lost with their connection. */
const pollMs = 2000;
const reconnectMs = 1000;

export interface FollowerDependencies {
  databaseUrl: string;
  db: Database;
  served: ServedModels;
  log: Log;
}

/** Keeps the served models up with the deployments: PostgreSQL's notifications say when, polling makes sure. */
export class DeploymentFollower {
  private listener: pg.Client | null = null;
  private pollTimer: NodeJS.Timeout | undefined;
  private reconnectTimer: NodeJS.Timeout | undefined;
  private reads = 0;
  private closed = false;

  constructor(private readonly dependencies: FollowerDependencies) {}

  start(): void {
    this.pollTimer = setInterval(() => {
      // A read that PostgreSQL does not answer must not be joined by more and more of its kind.
      if (this.reads === 0) this.refreshOrLog();
    }, pollMs);
    void this.listen();
  }

  /** Reads the deployments. @returns when the newest of each model is served or refused */
  async refresh(): Promise<void> {
    const { db, served } = this.dependencies;
    this.reads++;
    const deployments = await listDeployments(db).finally(() => this.reads--);
    await served.follow(deployments);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.pollTimer);
    clearTimeout(this.reconnectTimer);
    await this.listener?.end();
  }

  private refreshOrLog(): void {
    this.refresh().catch((error: unknown) => {
      this.dependencies.log.warn(
        { reason: messageOf(error) },
        'deployments could not be followed; trying again',
      );
    });
  }

  private async listen(): Promise<void> {
    const listener = new pg.Client({
      connectionString: this.dependencies.databaseUrl,
      application_name: 'tempered listener',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    this.listener = listener;
    listener.on('notification', () => this.refreshOrLog());
    listener.on('error', (error) => this.listenAgain(error.message));
    listener.on('end', () => this.listenAgain('the connection ended'));
    try {
      await listener.connect();
      await listener.query(`listen ${deploymentChannel}`);
      // What was announced while nobody listened.
      this.refreshOrLog();
    } catch (error) {
      this.listenAgain(messageOf(error));
    }
  }

  private listenAgain(reason: string): void {
    if (this.closed || this.reconnectTimer !== undefined) return;
    this.dependencies.log.warn({ reason }, 'not notified of deployments, polling only; connecting again');
    this.reconnectTimer = setTimeout(() => {
      this.reconnectTimer = undefined;
      void this.listen();
    }, reconnectMs);
  }
}
