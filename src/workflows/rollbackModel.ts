import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { rollbackModelInputSchema, type RollbackModelInput } from '../domain/workflowInput.js';
import { control, waiting } from './activities.js';
import { runWorkflow } from './entry.js';

export interface RollbackModelResult {
  model: string;
  fromVersion: number;
  toVersion: number;
  epoch: number;
  /** Live gateways, each of which acknowledged the new epoch. */
  gateways: number;
  /** From the start of this workflow to the last acknowledgement. */
  durationMs: number;
}

/** Takes a challenger out, or goes back to the champion before. Done when every live gateway said so (invariant 6). */
export async function rollbackModel(input: RollbackModelInput): Promise<RollbackModelResult> {
  return runWorkflow('rollbackModel', rollbackModelInputSchema, input, async (request, status) => {
    const { model, reason, actor } = request;
    status.enter('rolling back', reason);
    const { epoch, fromVersion, toVersion } = await control.rollBack({
      model,
      toVersion: request.toVersion ?? null,
      reason,
      actor,
    });
    status.setVersion(toVersion);
    status.enter('waiting for gateways', `epoch ${String(epoch)}: version ${String(toVersion)} serves alone`);
    const { acknowledgedReplicas, refusals } = await waiting.awaitGateways({ model, epoch });
    const [refusal] = refusals;
    if (refusal !== undefined) {
      throw ApplicationFailure.nonRetryable(
        `Gateway ${refusal.replicaId} could not go back to version ${String(toVersion)}: ${refusal.reason}. ` +
          'Stop that gateway or name another version with toVersion.',
        'UnusableModel',
      );
    }
    const durationMs = Date.now() - workflowInfo().startTime.getTime();
    status.enter('done', `version ${String(toVersion)} serves on ${String(acknowledgedReplicas)} gateways`);
    return { model, fromVersion, toVersion, epoch, gateways: acknowledgedReplicas, durationMs };
  });
}
