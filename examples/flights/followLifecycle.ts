import type { Client, WorkflowHandle } from '@temporalio/client';
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
  const shown = showUntil(following.signal, async () => show(await describe(client, model, handle)));
  try {
    return await handle.result();
  } finally {
    following.abort();
    await shown;
  }
}

async function showUntil(signal: AbortSignal, showOnce: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await showOnce();
    await sleep(pollMs);
  }
}

async function describe(client: Client, model: string, handle: WorkflowHandle): Promise<string> {
  const { stage, detail } = await handle.query(statusQuery);
  if (stage === 'training') return (await describeTraining(client, model)) ?? `${stage}: ${detail}`;
  if (stage !== 'rollout') return `${stage}: ${detail}`;
  const rollout = await client.workflow
    .getHandle(`${lifecycleWorkflowId(model)}/roll-out`)
    .query(statusQuery);
  return `${rollout.stage}: ${rollout.detail}`;
}

/** The last heartbeat of the training, as a bar. */
async function describeTraining(client: Client, model: string): Promise<string | null> {
  const { raw } = await client.workflow.getHandle(`${lifecycleWorkflowId(model)}/train`).describe();
  const payload = raw.pendingActivities?.find((activity) => activity.heartbeatDetails)?.heartbeatDetails
    ?.payloads?.[0];
  if (payload === undefined) return null;
  const heartbeat = heartbeatSchema.safeParse(defaultPayloadConverter.fromPayload(payload));
  if (!heartbeat.success) return null;
  const { epoch, epochs, loss } = heartbeat.data;
  return `training ${bar(epoch, epochs)} loss ${loss.toFixed(4)}`;
}
