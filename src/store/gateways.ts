import type { Acknowledgement } from '../domain/deployment.js';
import type { Database } from './database.js';

/**
 * Invariant 6 (rollback is verified, not assumed) rests on these rows: who is alive, by lease, and what each replica
 * has taken over. Every comparison of times uses the database's clock.
 */

/** Enters a gateway, with a lease of `leaseMs` from now. Entering it again, after a lost answer, is the same. */
export async function registerReplica(
  db: Database,
  replica: { id: string; address: string; leaseMs: number },
): Promise<void> {
  await db('gateway_replicas')
    .insert({ id: replica.id, address: replica.address, lease_expires_at: leaseEnd(db, replica.leaseMs) })
    .onConflict('id')
    .merge();
}

/** @throws where PostgreSQL does not answer within the lease: the renewal would come too late */
export async function renewLease(db: Database, replicaId: string, leaseMs: number): Promise<void> {
  await db('gateway_replicas')
    .where({ id: replicaId })
    .update({ lease_expires_at: leaseEnd(db, leaseMs) })
    .timeout(leaseMs);
}

/** Ends a lease at once: nobody waits for this replica any more. */
export async function expireLease(db: Database, replicaId: string): Promise<void> {
  await db('gateway_replicas')
    .where({ id: replicaId })
    .update({ lease_expires_at: leaseEnd(db, 0) });
}

/** Says that a replica serves this epoch. */
export async function acknowledgeEpoch(
  db: Database,
  replicaId: string,
  model: string,
  epoch: number,
): Promise<void> {
  await answerEpoch(db, { replicaId, model, epoch, refusal: null });
}

/** Says that a replica could not take this epoch over, and why; it goes on serving what it had. */
export async function refuseEpoch(
  db: Database,
  replicaId: string,
  model: string,
  epoch: number,
  reason: string,
): Promise<void> {
  await answerEpoch(db, { replicaId, model, epoch, refusal: reason });
}

/**
 * How far the live gateways have taken over an epoch: those that serve it or a later one count as acknowledged;
 * refusals are of exactly this epoch.
 */
export async function readAcknowledgement(
  db: Database,
  model: string,
  epoch: number,
): Promise<Acknowledgement> {
  const replicas = await db('gateway_replicas as replica')
    .leftJoin('gateway_acknowledgements as answer', (join) => {
      join.on('answer.replica_id', 'replica.id').andOnVal('answer.model', model);
    })
    .whereRaw('replica.lease_expires_at > clock_timestamp()')
    .select<{ replica_id: string; epoch: number | null; refusal: string | null }[]>(
      'replica.id as replica_id',
      'answer.epoch',
      'answer.refusal',
    );
  return {
    epoch,
    liveReplicas: replicas.length,
    acknowledgedReplicas: replicas.filter(
      (replica) => replica.refusal === null && replica.epoch !== null && replica.epoch >= epoch,
    ).length,
    refusals: replicas.flatMap((replica) =>
      replica.refusal !== null && replica.epoch === epoch
        ? [{ replicaId: replica.replica_id, reason: replica.refusal }]
        : [],
    ),
  };
}

async function answerEpoch(
  db: Database,
  answer: { replicaId: string; model: string; epoch: number; refusal: string | null },
): Promise<void> {
  await db('gateway_acknowledgements')
    .insert({
      replica_id: answer.replicaId,
      model: answer.model,
      epoch: answer.epoch,
      refusal: answer.refusal,
      acknowledged_at: db.raw('clock_timestamp()'),
    })
    .onConflict(['replica_id', 'model'])
    .merge()
    .where('gateway_acknowledgements.epoch', '<=', answer.epoch);
}

function leaseEnd(db: Database, leaseMs: number) {
  return db.raw(`clock_timestamp() + ? * interval '1 millisecond'`, [leaseMs]);
}
