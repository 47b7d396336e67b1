import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { Command } from 'commander';
import { TemperedError } from '../domain/errors.js';
import { modelNameSchema } from '../domain/identifiers.js';
import { controlTaskQueue, lifecycleWorkflowId } from '../domain/names.js';
import { parse } from '../domain/parse.js';
import { modelLifecycleInputSchema, type ModelLifecycleInput } from '../domain/workflowInput.js';
import type { modelLifecycle } from '../workflows/index.js';
import { applyDefinitionFile, describeRegistered } from './definitionFile.js';
import { followWorkflow } from './followWorkflow.js';
import { withTemporal, type DataDirectoryOption } from './settings.js';

interface TrainOptions extends DataDirectoryOption {
  asOf?: string;
  reason?: string;
  watch?: boolean;
}

export function addTrainCommand(program: Command): void {
  program
    .command('train')
    .description('train a new version of a model, validate it and roll it out; follows it until the end')
    .argument(
      '<definition>',
      'a file with the definition, which is registered first, or the name of a registered model',
    )
    .option('--as-of <moment>', 'up to when data is known, ISO 8601; by default the newest data')
    .option('--reason <reason>', 'why, for the audit trail')
    .option('--watch', 'draw the loss as it falls')
    .action(async (definition: string, _options: unknown, command: Command) => {
      const { asOf, reason, watch = false, ...option } = command.optsWithGlobals<TrainOptions>();
      const model = await registeredModel(option, definition);
      const input = parse(modelLifecycleInputSchema, { model, asOf, reason }, 'The request');
      await withTemporal(option, async (client) => {
        const result = await followWorkflow(client, await startLifecycle(client, input), { watch });
        const reached = result.rollout === null ? '' : `: ${result.rollout.reason}`;
        console.log(
          `version ${String(result.version)} of ${model}: validation ${result.verdict}, ${result.outcome}${reached}`,
        );
      });
    });
}

/** The name of the model that is meant. A model's name holds neither dot nor slash, so that it is never taken for a file. */
async function registeredModel(option: DataDirectoryOption, definition: string): Promise<string> {
  if (modelNameSchema.safeParse(definition).success) return definition;
  const model = await applyDefinitionFile(option, definition);
  console.error(describeRegistered(model));
  return model.name;
}

/** @throws TemperedError `Conflict` while a lifecycle of this model runs */
async function startLifecycle(
  client: Client,
  input: ModelLifecycleInput,
): Promise<WorkflowHandle<typeof modelLifecycle>> {
  const workflowId = lifecycleWorkflowId(input.model);
  try {
    return await client.workflow.start<typeof modelLifecycle>('modelLifecycle', {
      taskQueue: controlTaskQueue,
      workflowId,
      args: [input],
      staticSummary: `Train, validate and roll out ${input.model}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new TemperedError(
      'Conflict',
      `A lifecycle of "${input.model}" is under way. Look at it with "tempered status ${input.model}", or cancel the ` +
        `workflow "${workflowId}" first.`,
      { cause: error },
    );
  }
}
