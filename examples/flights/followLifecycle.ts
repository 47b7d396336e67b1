import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { lifecycleWorkflowId } from 'tempered';
import { statusQuery, type modelLifecycle, type ModelLifecycleResult } from 'tempered/workflows';
import { z } from 'zod';
import { bar } from './progress.js';

const pollMs = 500;

const heartbeatSchema = z.object({ epoch: z.number(), epochs: z.number(), loss: z.number() });

/** Shows where a lifecycle stands until it ends, and answers its result. */
export async function followLifecycle(
  client: Client,
  model: string,
  runId: string,
  show: (text: string) => void,
): Promise<ModelLifecycleResult> {
  const handle: WorkflowHandle<typeof modelLifecycle> = client.workflow.getHandle(
    lifecycleWorkflowId(model),
    runId,
  );
  const following = new AbortController();
  const shown = showUntil(following.signal, show, () => describe(client, model, handle));
  try {
    return await handle.result();
  } finally {
    following.abort();
    await shown;
  }
}

/** A status that cannot be read says so, and is asked for again: looking on must not end what is looked at. */
async function showUntil(
  signal: AbortSignal,
  show: (text: string) => void,
  look: () => Promise<string>,
): Promise<void> {
  while (!signal.aborted) {
    show(await look().catch((error: unknown) => `its status cannot be read right now: ${String(error)}`));
    await sleep(pollMs);
  }
}

async function describe(client: Client, model: string, handle: WorkflowHandle): Promise<string> {
  const { stage, detail } = await handle.query(statusQuery);
  const described = await describeStage(client, model, stage).catch(nullIfNotStarted);
  return described ?? `${stage}: ${detail}`;
}

/** What the stage's own workflow says, where it says more than the lifecycle. */
async function describeStage(client: Client, model: string, stage: string): Promise<string | null> {
  if (stage === 'training') return describeTraining(client, model);
  return stage === 'rollout' ? describeRollout(client, model) : null;
}

async function describeRollout(client: Client, model: string): Promise<string> {
  const rollout = client.workflow.getHandle(`${lifecycleWorkflowId(model)}/roll-out`);
  const { stage, detail } = await rollout.query(statusQuery);
  return `${stage}: ${detail}`;
}

/** The last heartbeat of the training, as a bar. */
async function describeTraining(client: Client, model: string): Promise<string | null> {
  const { raw } = await client.workflow.getHandle(`${lifecycleWorkflowId(model)}/train`).describe();
  const beating = raw.pendingActivities?.find((activity) => activity.heartbeatDetails);
  const payload = beating?.heartbeatDetails?.payloads?.[0];
  if (payload === undefined) return null;
  const heartbeat = heartbeatSchema.safeParse(defaultPayloadConverter.fromPayload(payload));
  if (!heartbeat.success) return null;
  const { epoch, epochs, loss } = heartbeat.data;
  return `training ${bar(epoch, epochs)} loss ${loss.toFixed(4)}`;
}

/** A lifecycle enters a stage a moment before the workflow of that stage exists. */
function nullIfNotStarted(error: unknown): null {
  if (error instanceof WorkflowNotFoundError) return null;
  throw error;
}
