import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  defaultPayloadConverter,
  WorkflowFailedError,
  type Client,
  type Workflow,
  type WorkflowHandle,
  type WorkflowResultType,
} from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { messageOf, TemperedError } from '../domain/errors.js';
import type { WorkflowStatus } from '../workflows/status.js';
import { createProgress } from './progress.js';

const lookEveryMs = 1_000;

/** What a training heartbeats. */
const trainingHeartbeatSchema = z.looseObject({ epoch: z.number(), epochs: z.number(), loss: z.number() });

/**
 * Waits for a workflow, and shows what it and its children are at.
 *
 * @throws TemperedError with the message of the failure itself, where it failed
 */
export async function followWorkflow<T extends Workflow>(
  client: Client,
  handle: WorkflowHandle<T>,
): Promise<WorkflowResultType<T>> {
  const progress = createProgress();
  const ended = new AbortController();
  const showing = showUntil(ended.signal, client, handle.workflowId, (message) => progress.show(message));
  try {
    return await handle.result();
  } catch (error) {
    throw error instanceof WorkflowFailedError ? failureOf(error) : error;
  } finally {
    ended.abort();
    await showing;
    progress.end();
  }
}

async function showUntil(
  ended: AbortSignal,
  client: Client,
  workflowId: string,
  show: (message: string) => void,
): Promise<void> {
  while (!ended.aborted) {
    try {
      show(await describe(client, workflowId));
    } catch (error) {
      // Its worker may be away or busy; the workflow goes on all the same.
      show(`${workflowId} (${messageOf(error)})`);
    }
    await sleep(lookEveryMs, undefined, { signal: ended }).catch(() => undefined);
  }
}

/** What the innermost running child is at. */
async function describe(client: Client, workflowId: string): Promise<string> {
  const handle = client.workflow.getHandle(workflowId);
  const { pendingChildren, pendingActivities } = (await handle.describe()).raw;
  const child = pendingChildren?.[0]?.workflowId;
  if (child != null && child !== '') return describe(client, child);

  const { stage, detail } = await handle.query<WorkflowStatus>('status');
  const heartbeat = pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
  const training = trainingHeartbeatSchema.safeParse(
    heartbeat == null ? null : defaultPayloadConverter.fromPayload(heartbeat),
  );
  const epoch = training.success
    ? `epoch ${String(training.data.epoch)} of ${String(training.data.epochs)}, loss ${training.data.loss.toFixed(4)}`
    : '';
  return [stage, detail, epoch].filter((part) => part !== '').join(' · ');
}

function failureOf(error: WorkflowFailedError): TemperedError {
  let cause: unknown = error.cause;
  while (cause instanceof ChildWorkflowFailure || cause instanceof ActivityFailure) cause = cause.cause;
  const type = cause instanceof ApplicationFailure ? cause.type : null;
  const message = `${cause === undefined ? error.message : messageOf(cause)}${type == null ? '' : ` (${type})`}`;
  return new TemperedError('Conflict', message, { cause: error });
}
