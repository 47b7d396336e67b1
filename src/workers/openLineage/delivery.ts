/**
 * Sends what the outbox holds to an OpenLineage endpoint, beside the control worker and never in its way.
 *
 * Invariant: events are sent one after the other in the order they happened in, by one process at a time, each at least
 * once; an endpoint that is away is waited for, an event that it refuses for good is passed over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { messageOf } from '../../domain/errors.js';
import type { OpenLineageEvent, OpenLineageProducer } from '../../domain/openLineage/event.js';
import { isDatabaseAway } from '../../store/connectionErrors.js';
import type { Database } from '../../store/database.js';
import {
  asOnlySender,
  markDelivered,
  markFailed,
  markRefused,
  pruneEvents,
  readPendingEvents,
  type PendingEvent,
} from '../../store/openLineage/outbox.js';
import { renderEvent } from '../../store/openLineage/renderEvent.js';
import { sendEvent, type OpenLineageEndpoint, type SendOutcome } from './endpoint.js';

export interface OpenLineageOptions {
  db: Database;
  /** Null: nothing is sent, and the outbox is only kept small. */
  endpoint: OpenLineageEndpoint | null;
  producer: OpenLineageProducer;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** How long to wait where there is nothing to send; after a failure at first, then ever longer. */
  pauseMs?: number;
}

export interface OpenLineageDelivery {
  /** Resolves when nothing is being sent any more. */
  stop(): Promise<void>;
}

const eventsPerLock = 20;
const longestPauseMs = 60_000;
const pruneEveryMs = 3_600_000;
/** Settled events are kept for so long, to be looked at; without an endpoint, all are. */
const keptMs = 7 * 86_400_000;

export function startOpenLineageDelivery(options: OpenLineageOptions): OpenLineageDelivery {
  const stopping = new AbortController();
  const { signal } = stopping;
  const ended = Promise.all([sendForever(options, signal), pruneForever(options, signal)]);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function sendForever(options: OpenLineageOptions, signal: AbortSignal): Promise<void> {
  const { log, endpoint, pauseMs = 1000 } = options;
  if (endpoint === null) return;
  const host = new URL(endpoint.url).host;
  let failures = 0;
  while (!signal.aborted) {
    const outcome = await sendSome(options, endpoint, signal).catch((error: unknown) =>
      signal.aborted ? null : messageOf(error),
    );
    if (outcome === null) return;
    if (typeof outcome === 'string') {
      const waitMs = Math.min(pauseMs * 2 ** failures, longestPauseMs);
      log.warn(`OpenLineage events wait for ${host} (${outcome}); trying again in ${String(waitMs)} ms`);
      failures += 1;
      await pause(waitMs, signal);
    } else {
      if (failures > 0) log.info(`OpenLineage events reach ${host} again`);
      failures = 0;
      if (!outcome.more) await pause(pauseMs, signal);
    }
  }
}

/**
 * Sends the oldest events, unless another process does.
 *
 * @returns whether there may be more to send, or why the endpoint takes none
 */
async function sendSome(
  options: OpenLineageOptions,
  endpoint: OpenLineageEndpoint,
  signal: AbortSignal,
): Promise<{ more: boolean } | string> {
  const { db } = options;
  const outcome = await asOnlySender(db, async () => {
    const events = await readPendingEvents(db, eventsPerLock);
    for (const event of events) {
      const sent = await sendOne(options, endpoint, event, signal);
      if (sent.kind === 'away') {
        await markFailed(db, event.id, sent.reason);
        return sent.reason;
      }
      if (sent.kind === 'delivered') await markDelivered(db, event.id);
      else await giveUp(options, event, sent.reason);
    }
    return { more: events.length === eventsPerLock };
  });
  return outcome ?? { more: false };
}

/** An event that cannot be made must not hold up those behind it, so it counts as refused. */
async function sendOne(
  { db, producer }: OpenLineageOptions,
  endpoint: OpenLineageEndpoint,
  pending: PendingEvent,
  signal: AbortSignal,
): Promise<SendOutcome> {
  let event: OpenLineageEvent;
  try {
    event = await renderEvent(db, producer, pending);
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    return { kind: 'refused', reason: `it could not be made: ${messageOf(error)}` };
  }
  return sendEvent(endpoint, event, signal);
}

async function giveUp({ db, log }: OpenLineageOptions, event: PendingEvent, reason: string): Promise<void> {
  const what = `${event.type} of ${event.subjectKind} ${event.subject}`;
  log.error(`OpenLineage event ${String(event.id)} (${what}) was refused: ${reason}`);
  await markRefused(db, event.id, reason);
}

async function pruneForever({ db, endpoint, log }: OpenLineageOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const before = new Date(Date.now() - keptMs);
    try {
      await pruneEvents(db, before, { pending: false });
      if (endpoint === null) await pruneEvents(db, before, { pending: true });
    } catch (error) {
      log.warn(`old OpenLineage events are removed later (${messageOf(error)})`);
    }
    await pause(pruneEveryMs, signal);
  }
}

/** Waits; not longer than until it is told to stop. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined); // Being told to stop is what it waits for, too.
}
