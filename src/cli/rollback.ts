import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { Command } from 'commander';
import { TemperedError } from '../domain/errors.js';
import { controlTaskQueue, rollbackWorkflowId } from '../domain/names.js';
import { parse } from '../domain/parse.js';
import { rollbackModelInputSchema, type RollbackModelInput } from '../domain/workflowInput.js';
import type { rollbackModel } from '../workflows/index.js';
import { actorOf } from './actor.js';
import { followWorkflow } from './followWorkflow.js';
import { withTemporal, type DataDirectoryOption } from './settings.js';
import { versionNumber } from './versionNumber.js';

interface RollbackOptions extends DataDirectoryOption {
  toVersion?: number;
  reason?: string;
}

export function addRollbackCommand(program: Command): void {
  program
    .command('rollback')
    .description(
      'take the challenger out, or go back to an earlier champion; done when every gateway acknowledged',
    )
    .argument('<model>')
    .option(
      '--to-version <number>',
      'the version to go back to; by default the champion before',
      versionNumber,
    )
    .option('--reason <reason>', 'why, for the audit trail')
    .action(async (model: string, _options: unknown, command: Command) => {
      const { toVersion, reason, ...option } = command.optsWithGlobals<RollbackOptions>();
      const actor = actorOf('rollback');
      const input = parse(rollbackModelInputSchema, { model, toVersion, reason, actor }, 'The request');
      await withTemporal(option, async (client) => {
        const result = await followWorkflow(client, await startRollback(client, input));
        console.log(
          `${model}: from version ${String(result.fromVersion)} back to version ${String(result.toVersion)} in ` +
            `${String(result.durationMs)} ms; epoch ${String(result.epoch)}, acknowledged by ${String(result.gateways)} ` +
            (result.gateways === 1 ? 'gateway' : 'gateways'),
        );
      });
    });
}

/** @throws TemperedError `Conflict` while a rollback of this model runs */
async function startRollback(
  client: Client,
  input: RollbackModelInput,
): Promise<WorkflowHandle<typeof rollbackModel>> {
  try {
    return await client.workflow.start<typeof rollbackModel>('rollbackModel', {
      taskQueue: controlTaskQueue,
      workflowId: rollbackWorkflowId(input.model),
      args: [input],
      staticSummary: `Roll ${input.model} back`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new TemperedError('Conflict', `A rollback of "${input.model}" is under way already.`, {
      cause: error,
    });
  }
}
