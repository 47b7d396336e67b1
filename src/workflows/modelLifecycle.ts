import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import type { RolloutOutcome } from '../domain/rollout.js';
import type { Verdict } from '../domain/validation.js';
import { modelLifecycleInputSchema, type ModelLifecycleInput } from '../domain/workflowInput.js';
import { control } from './activities.js';
import { runWorkflow } from './entry.js';
import { rolloutModel, type RolloutModelResult } from './rolloutModel.js';
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

/**
 * Train → validate → roll out, each a workflow of its own: what an operator, a schedule or drift starts. Its
 * workflow id is the model's, so that there is one at a time.
 */
export async function modelLifecycle(input: ModelLifecycleInput): Promise<ModelLifecycleResult> {
  return runWorkflow('modelLifecycle', modelLifecycleInputSchema, input, async (request, status) => {
    const { model, reason } = request;
    status.enter('training', reason);
    const beganAt = Date.now();
    const training = await executeChild(trainModel, {
      ...child('train', `Train ${model}`),
      args: [
        {
          model,
          permuteLabels: request.permuteLabels,
          ...(request.asOf === undefined ? {} : { asOf: request.asOf }),
        },
      ],
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
    const rollout = validation.verdict === 'passed' ? await rollOut(model, version) : null;
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

    function rollOut(rolledOut: string, rolledOutVersion: number): Promise<RolloutModelResult> {
      status.enter('rollout', `version ${String(rolledOutVersion)}`);
      return executeChild(rolloutModel, {
        ...child('roll-out', `Roll out version ${String(rolledOutVersion)} of ${rolledOut}`),
        args: [{ model: rolledOut, version: rolledOutVersion, actor: workflowInfo().workflowId }],
        // Terminating the lifecycle must not leave a challenger behind: the rollout is asked to stop, and tidies up.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      });
    }
  });
}

function child(step: string, staticSummary: string) {
  return { workflowId: `${workflowInfo().workflowId}/${step}`, staticSummary };
}
