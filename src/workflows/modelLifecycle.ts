import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import type { z } from 'zod';
import { TemperedError } from '../domain/errors.js';
import { lifecycleWorkflowId } from '../domain/names.js';
import type { RolloutOutcome } from '../domain/rollout.js';
import type { Verdict } from '../domain/validation.js';
import { modelLifecycleInputSchema, type ModelLifecycleInput } from '../domain/workflowInput.js';
import { control } from './activities.js';
import { runWorkflow } from './entry.js';
import { rolloutModel, type RolloutModelResult } from './rolloutModel.js';
import type { StatusReporter } from './status.js';
import { trainModel, type TrainModelResult } from './trainModel.js';
import { validateModel, type ValidateModelResult } from './validateModel.js';

export interface ModelLifecycleResult {
  model: string;
  version: number;
  reason: string;
  verdict: Verdict;
  /** `rejected`: validation stopped it, so it never met traffic. */
  outcome: RolloutOutcome | 'rejected';
  training: TrainModelResult;
  validation: ValidateModelResult;
  rollout: RolloutModelResult | null;
  durationsMs: { training: number; validation: number; rollout: number };
}

type Request = z.output<typeof modelLifecycleInputSchema>;

/**
 * Train → validate → roll out, each a workflow of its own: what an operator, a schedule or drift starts. Its
 * workflow id is the model's, so that there is one at a time.
 */
export async function modelLifecycle(input: ModelLifecycleInput): Promise<ModelLifecycleResult> {
  return runWorkflow('modelLifecycle', modelLifecycleInputSchema, input, (request, status) =>
    workflowInfo().workflowId === lifecycleWorkflowId(request.model)
      ? runLifecycle(request, status)
      : goOnUnderModelsId(request, status),
  );
}

/** A person who starts it by hand need not know the id: whatever theirs is, the work is done under the model's. */
async function goOnUnderModelsId(request: Request, status: StatusReporter): Promise<ModelLifecycleResult> {
  const { model } = request;
  const workflowId = lifecycleWorkflowId(model);
  status.enter('started', `goes on as workflow ${workflowId}`);
  try {
    const staticSummary = `Lifecycle of ${model}: ${request.reason}`;
    return await executeChild(modelLifecycle, { workflowId, staticSummary, args: [request] });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new TemperedError(
      'Conflict',
      `A lifecycle of "${model}" is under way as workflow ${workflowId}. Wait until it ends, or cancel it.`,
    );
  }
}

async function runLifecycle(request: Request, status: StatusReporter): Promise<ModelLifecycleResult> {
  const { model, reason, permuteLabels, asOf } = request;
  status.enter('training', reason);
  const beganAt = Date.now();
  const training = await executeChild(trainModel, {
    ...child('train', `Train ${model}`),
    args: [{ model, permuteLabels, ...(asOf === undefined ? {} : { asOf }) }],
  });
  const { version } = training;
  status.setVersion(version);
  await control.ensureMonitorSchedule({ model });

  const trainedAt = Date.now();
  status.enter(
    'validation',
    `version ${String(version)} against version ${String(training.championVersion)}`,
  );
  const validation = await executeChild(validateModel, {
    ...child('validate', `Validate version ${String(version)} of ${model}`),
    args: [{ model, version }],
  });

  const validatedAt = Date.now();
  const rollout = validation.verdict === 'passed' ? await rollOut(model, version, status) : null;
  if (rollout === null) status.enter('rejected', `the verdict is "${validation.verdict}"`);
  else status.enter(rollout.outcome, rollout.reason);
  return {
    model,
    version,
    reason,
    verdict: validation.verdict,
    outcome: rollout?.outcome ?? 'rejected',
    training,
    validation,
    rollout,
    durationsMs: {
      training: trainedAt - beganAt,
      validation: validatedAt - trainedAt,
      rollout: Date.now() - validatedAt,
    },
  };
}

function rollOut(model: string, version: number, status: StatusReporter): Promise<RolloutModelResult> {
  status.enter('rollout', `version ${String(version)}`);
  return executeChild(rolloutModel, {
    ...child('roll-out', `Roll out version ${String(version)} of ${model}`),
    args: [{ model, version, actor: workflowInfo().workflowId }],
    // Terminating the lifecycle must not leave a challenger behind: the rollout is asked to stop, and tidies up.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  });
}

function child(step: string, staticSummary: string) {
  return { workflowId: `${workflowInfo().workflowId}/${step}`, staticSummary };
}
