import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import assert from 'node:assert/strict';
import { waitFor } from './waitFor.js';

/** Names of the activities that a workflow scheduled so far, in order and without our prefix. */
export async function scheduledActivities(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => {
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name;
    return typeof name === 'string' ? [name.replace(/^tempered\./, '')] : [];
  });
}

/** Waits until a workflow has scheduled an activity so often. */
export async function untilScheduled(handle: WorkflowHandle, activity: string, times: number): Promise<void> {
  await waitFor(`${handle.workflowId} calls ${activity} ${String(times)} times`, async () => {
    const scheduled = await scheduledActivities(handle);
    return scheduled.filter((name) => name === activity).length >= times;
  });
}

/** The failure a workflow ended with: one ApplicationFailure that will not be retried. */
export async function failureOf(handle: WorkflowHandle): Promise<ApplicationFailure> {
  try {
    await handle.result();
  } catch (error) {
    assert.ok(error instanceof WorkflowFailedError);
    const { cause } = error;
    assert.ok(cause instanceof ApplicationFailure, `${String(cause)} is no ApplicationFailure`);
    assert.equal(cause.nonRetryable, true);
    return cause;
  }
  throw new Error(`${handle.workflowId} did not fail`);
}
