import { TemperedError, messageOf } from '../../domain/errors.js';
import type { Database } from '../../store/database.js';
import { expireLease, registerReplica, renewLease } from '../../store/gateways.js';
import type { Log } from '../log.js';

const leaseMs = 5_000;
const renewEveryMs = 1_000;
/** How much earlier than PostgreSQL we give our lease up: for clock rates, and for an answer on its way. */
const marginMs = 1_000;

export interface LeaseDependencies {
  db: Database;
  replicaId: string;
  /** Brings deployments up to date: after a lapse the world may have moved on without us. */
  catchUp: () => Promise<void>;
  log: Log;
}

/**
 * Invariant 6, rollback is verified: the world waits for every replica with a live lease, and for no other. So a replica
 * whose lease may have run out fences itself: it answers nothing until it has renewed and caught up. Age is counted on
 * the monotonic clock from before a renewal was sent, so that we always believe our lease ends before PostgreSQL does.
 */
export class ReplicaLease {
  private renewedAt = -Infinity;
  private caughtUp = false;
  /** Counts the times the lease was found run out, so that a catching up that began before one proves nothing. */
  private lapses = 0;
  private ended = false;
  private timer: NodeJS.Timeout | undefined;
  private renewing = Promise.resolve();
  private catchingUp = Promise.resolve();

  constructor(private readonly dependencies: LeaseDependencies) {}

  /** Whether this replica may answer. */
  get held(): boolean {
    return this.caughtUp && this.isFresh();
  }

  /** @throws TemperedError `Unavailable` while the lease is not held */
  assertHeld(): void {
    if (this.held) return;
    throw new TemperedError(
      'Unavailable',
      'This gateway does not hold its lease: it is starting, or PostgreSQL did not renew it in time. Try again.',
    );
  }

  /** Enters this replica, renews its lease from now on, and catches up with the deployments. */
  async start(address: string): Promise<void> {
    const { db, replicaId } = this.dependencies;
    const sentAt = performance.now();
    await registerReplica(db, { id: replicaId, address, leaseMs });
    this.schedule();
    this.takeRenewal(sentAt);
    await this.catchingUp;
  }

  /** Lets the lease go: nobody waits for this replica any more. Where PostgreSQL is away, it runs out by itself. */
  async end(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await Promise.all([this.renewing, this.catchingUp]);
    this.caughtUp = false;
    const { db, replicaId, log } = this.dependencies;
    try {
      await expireLease(db, replicaId);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'lease not given back; it runs out by itself');
    }
  }

  private isFresh(): boolean {
    return performance.now() - this.renewedAt < leaseMs - marginMs;
  }

  private schedule(): void {
    if (this.ended) return;
    this.timer = setTimeout(() => {
      this.renewing = this.renew().finally(() => this.schedule());
    }, renewEveryMs);
  }

  private async renew(): Promise<void> {
    const { db, replicaId, log } = this.dependencies;
    const sentAt = performance.now();
    try {
      await renewLease(db, replicaId, leaseMs);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'lease not renewed; trying again');
      return;
    }
    this.takeRenewal(sentAt);
  }

  private takeRenewal(sentAt: number): void {
    if (!this.isFresh()) {
      this.caughtUp = false;
      this.lapses++;
    }
    this.renewedAt = sentAt;
    if (!this.caughtUp) this.catchingUp = this.catchUp(this.lapses);
  }

  private async catchUp(lapses: number): Promise<void> {
    try {
      await this.dependencies.catchUp();
      if (lapses === this.lapses) this.caughtUp = true;
    } catch (error) {
      this.dependencies.log.warn(
        { reason: messageOf(error) },
        'not caught up with the deployments; trying again',
      );
    }
  }
}
