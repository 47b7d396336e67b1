import { messageOf } from '../../domain/errors.js';
import type { OpenLineageEvent } from '../../domain/openLineage/event.js';

export interface OpenLineageEndpoint {
  /** Where events are posted to, such as http://marquez:5000/api/v1/lineage. */
  url: string;
  /** Sent as a bearer token. */
  apiKey: string | undefined;
}

/** delivered; refused: the endpoint will never take this event; away: it may take it later. */
export type SendOutcome =
  { kind: 'delivered' } | { kind: 'refused'; reason: string } | { kind: 'away'; reason: string };

const answerTimeoutMs = 10_000;

/** Statuses that speak of the endpoint or of its key, not of the event. */
const passing = new Set([401, 403, 404, 405, 408, 425, 429]);

/** Posts one event, and says what became of it. Never throws for what the endpoint does. */
export async function sendEvent(
  { url, apiKey }: OpenLineageEndpoint,
  event: OpenLineageEvent,
  signal: AbortSignal,
): Promise<SendOutcome> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(event),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
    });
    if (response.ok) {
      await response.body?.cancel();
      return { kind: 'delivered' };
    }
    const reason = `status ${String(response.status)}: ${(await response.text()).slice(0, 500)}`;
    const { status } = response;
    return { kind: status >= 400 && status < 500 && !passing.has(status) ? 'refused' : 'away', reason };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'away', reason: rootMessageOf(error) };
  }
}

/** fetch says only that it failed; why is its cause. */
function rootMessageOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
}
