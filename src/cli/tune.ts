import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { Command } from 'commander';
import { TemperedError } from '../domain/errors.js';
import { controlTaskQueue, tuneWorkflowId } from '../domain/names.js';
import { parse } from '../domain/parse.js';
import { tuneModelInputSchema, type TuneModelInput } from '../domain/workflowInput.js';
import { readDefinition, registerDefinition } from '../store/models.js';
import { searchRuns } from '../store/runSearch.js';
import type { tuneModel, TuneModelResult } from '../workflows/index.js';
import { describeRegistered } from './definitionFile.js';
import { followWorkflow } from './followWorkflow.js';
import { withDatabase, withTemporal, type DataDirectoryOption } from './settings.js';
import { trialTable } from './trialTable.js';

interface TuneOptions extends DataDirectoryOption {
  asOf?: string;
  apply?: boolean;
}

export function addTuneCommand(program: Command): void {
  program
    .command('tune')
    .description(
      "search for the parameters of a model's trainer, as its definition says in tuning; follows it",
    )
    .argument('<model>')
    .option('--as-of <moment>', 'up to when data is known, ISO 8601; by default the newest data')
    .option('--apply', 'register the definition with the best parameters')
    .action(async (model: string, _options: unknown, command: Command) => {
      const { asOf, apply = false, ...option } = command.optsWithGlobals<TuneOptions>();
      const input = parse(tuneModelInputSchema, { model, asOf }, 'The request');
      const result = await withTemporal(option, async (client) =>
        followWorkflow(client, await startSearch(client, input)),
      );
      await report(option, result, apply);
    });
}

/** @throws TemperedError `Conflict` while a search of this model runs */
async function startSearch(client: Client, input: TuneModelInput): Promise<WorkflowHandle<typeof tuneModel>> {
  try {
    return await client.workflow.start<typeof tuneModel>('tuneModel', {
      taskQueue: controlTaskQueue,
      workflowId: tuneWorkflowId(input.model),
      args: [input],
      staticSummary: `Tune ${input.model}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new TemperedError(
      'Conflict',
      `A search of "${input.model}" is under way. Wait until it ends, or cancel the workflow "${tuneWorkflowId(input.model)}".`,
      { cause: error },
    );
  }
}

async function report(option: DataDirectoryOption, result: TuneModelResult, apply: boolean): Promise<void> {
  const { model, searchId, metric, best, runs, failedRuns } = result;
  await withDatabase(option, async (db) => {
    const { runs: trials } = await searchRuns(db, { tags: { search: searchId }, limit: runs });
    const definition = await readDefinition(db, result.definitionDigest);
    const trainer = { ...definition.trainer, ...best.params };
    console.log(trialTable(trials, Object.keys(best.params), metric));
    console.log(
      `best: trial ${String(best.trial)} (run ${best.runId}); ${String(failedRuns)} of ${String(runs)} runs failed; ` +
        `all are kept: tempered runs list --tag search=${searchId}`,
    );
    console.log(JSON.stringify({ trainer }, null, 2));
    if (apply) console.log(describeRegistered(await registerDefinition(db, { ...definition, trainer })));
    else
      console.error(
        `Register ${model} with this trainer in its definition, or let "tempered tune --apply" do it.`,
      );
  });
}
