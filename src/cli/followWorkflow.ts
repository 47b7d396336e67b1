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
import { messageOf, TemperedError } from '../domain/errors.js';
import type { WorkflowStatus } from '../workflows/status.js';
import { describeTraining, LossCurve, trainingHeartbeatSchema, type TrainingHeartbeat } from './lossCurve.js';
import { createProgress } from './progress.js';

const lookEveryMs = 1_000;

interface FollowOptions {
  /** Draws the loss of a training as a curve, where the line can rewrite itself. */
  watch?: boolean;
}

/**
 * Waits for a workflow, and shows what it and its children are at.
 *
 * @throws TemperedError with the message of the failure itself, where it failed
 */
export async function followWorkflow<T extends Workflow>(
  client: Client,
  handle: WorkflowHandle<T>,
  { watch = false }: FollowOptions = {},
): Promise<WorkflowResultType<T>> {
  const progress = createProgress();
  const ended = new AbortController();
  const curve = watch && progress.live ? new LossCurve() : null;
  const showing = showUntil(ended.signal, client, handle.workflowId, (sight) =>
    progress.show(render(sight, curve)),
  );
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
  show: (sight: Sight) => void,
): Promise<void> {
  while (!ended.aborted) {
    try {
      show(await look(client, workflowId));
    } catch (error) {
      // Its worker may be away or busy; the workflow goes on all the same.
      show({ text: `${workflowId} (${messageOf(error)})`, training: null });
    }
    await sleep(lookEveryMs, undefined, { signal: ended }).catch(() => undefined);
  }
}

/** What one look at a workflow found. */
interface Sight {
  text: string;
  /** The newest heartbeat of a training that is under way. */
  training: TrainingHeartbeat | null;
}

/** What the innermost running child is at. */
async function look(client: Client, workflowId: string): Promise<Sight> {
  const handle = client.workflow.getHandle(workflowId);
  const { pendingChildren, pendingActivities } = (await handle.describe()).raw;
  const child = pendingChildren?.[0]?.workflowId;
  if (child != null && child !== '') return look(client, child);

  const { stage, detail } = await handle.query<WorkflowStatus>('status');
  const heartbeat = pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
  const training = trainingHeartbeatSchema.safeParse(
    heartbeat == null ? null : defaultPayloadConverter.fromPayload(heartbeat),
  );
  return {
    text: [stage, detail].filter((part) => part !== '').join(' · '),
    training: training.success ? training.data : null,
  };
}

function render({ text, training }: Sight, curve: LossCurve | null): string {
  if (training === null) return text;
  if (curve === null) return `${text} · ${describeTraining(training)}`;
  curve.add(training, performance.now());
  return `${text}\n  ${curve.render(performance.now())}`;
}

function failureOf(error: WorkflowFailedError): TemperedError {
  let cause: unknown = error.cause;
  while (cause instanceof ChildWorkflowFailure || cause instanceof ActivityFailure) cause = cause.cause;
  const type = cause instanceof ApplicationFailure ? cause.type : null;
  const message = `${cause === undefined ? error.message : messageOf(cause)}${type == null ? '' : ` (${type})`}`;
  return new TemperedError('Conflict', message, { cause: error });
}
