import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { TemperedError } from '../domain/errors.js';

type Activity = (...input: never[]) => Promise<unknown>;

/**
 * What a worker registers: each activity under its name with the prefix `tempered.` (the SDK merges the activities
 * of plugins by object spread, so an unprefixed name could silently replace a user's), and with its errors turned
 * into failures that Temporal understands: the code becomes the type, and what a retry cannot mend is not retried.
 */
export function toRegistration(activities: Record<string, Activity>): Record<string, Activity> {
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      `tempered.${name}`,
      async (...input: never[]) => {
        try {
          return await activity(...input);
        } catch (error) {
          throw toFailure(error);
        }
      },
    ]),
  );
}

function toFailure(error: unknown): unknown {
  if (!(error instanceof TemperedError)) return error;
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: error.permanent,
    ...(error.cause instanceof Error ? { cause: error.cause } : {}),
  });
}

/** A key that is the same for every attempt of this activity and different for any other (invariant 8). */
export function idempotencyKey(): string {
  const { workflowExecution, activityId } = Context.current().info;
  return `${workflowExecution?.runId ?? 'standalone'}/${activityId}`;
}
