import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/common';
import { CancellationScope, isCancellation, TemporalFailure } from '@temporalio/workflow';
import type { z } from 'zod';
import { TemperedError } from '../domain/errors.js';
import { parse } from '../domain/parse.js';
import { StatusReporter, type WorkflowSubject } from './status.js';

/**
 * How every workflow begins and fails: its input is checked first, and a failure underneath comes out as one
 * `ApplicationFailure` that carries the message itself. Workflow code must never throw a plain `Error`: Temporal
 * takes that for a bug in the code and retries the workflow task for ever.
 */
export async function runWorkflow<Schema extends z.ZodType<WorkflowSubject>, Result>(
  workflow: string,
  schema: Schema,
  input: unknown,
  body: (input: z.output<Schema>, status: StatusReporter) => Promise<Result>,
): Promise<Result> {
  try {
    const checked = parse(schema, input, `The input of ${workflow}`);
    return await body(checked, new StatusReporter(checked));
  } catch (error) {
    throw toWorkflowFailure(error);
  }
}

/** Runs even when the workflow is cancelled: for what must be tidied up. */
export function evenIfCancelled<Result>(action: () => Promise<Result>): Promise<Result> {
  return CancellationScope.nonCancellable(action);
}

/** The message that caused a failure, without the layers around it. */
export function rootMessage(error: unknown): string {
  const root = unwrap(error);
  return root instanceof Error ? root.message : String(root);
}

function toWorkflowFailure(error: unknown): unknown {
  if (isCancellation(error)) return error;
  const root = unwrap(error);
  if (root instanceof TemperedError) {
    return ApplicationFailure.create({ message: root.message, type: root.code, nonRetryable: true });
  }
  if (root instanceof ApplicationFailure) {
    return ApplicationFailure.create({
      message: root.message,
      ...(root.type == null ? {} : { type: root.type }),
      nonRetryable: true,
      ...(error instanceof Error ? { cause: error } : {}),
    });
  }
  return root instanceof TemporalFailure ? error : root;
}

function unwrap(error: unknown): unknown {
  const wrapped = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return wrapped && error.cause !== undefined ? unwrap(error.cause) : error;
}
