import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type { Command } from 'commander';
import { ensureSchedule } from '../activities/ensureSchedule.js';
import { TemperedError } from '../domain/errors.js';
import { controlTaskQueue, materializationId } from '../domain/names.js';
import { parse } from '../domain/parse.js';
import { materializeFeaturesInputSchema, type MaterializeFeaturesInput } from '../domain/workflowInput.js';
import { requireFeatureView, type FeatureViewVersion } from '../store/featureViews.js';
import type { materializeFeatures } from '../workflows/index.js';
import { followWorkflow } from './followWorkflow.js';
import { withDatabase, withTemporal, type DataDirectoryOption } from './settings.js';
import { parseVersionedName, versionedName } from './versionedName.js';

interface RangeOptions extends DataDirectoryOption {
  from?: string;
  to?: string;
}

export function addMaterializationCommands(features: Command): void {
  features
    .command('materialize')
    .description(
      'bring what became known since the last time into the online store; with --from, a range again',
    )
    .argument('<view>', 'its name, or name@version for an earlier one')
    .option('--from <moment>', 'backfill from when rows became known, ISO 8601')
    .option('--to <moment>', 'up to when rows became known; by default the newest')
    .action(async (view: string, _options: unknown, command: Command) => {
      const { from, to, ...option } = command.optsWithGlobals<RangeOptions>();
      const { definition, version } = await readView(option, view);
      const input = parse(
        materializeFeaturesInputSchema,
        { view: definition.name, version, from, to },
        'The request',
      );
      await withTemporal(option, async (client) => {
        const { known, rows, watermark } = await followWorkflow(client, await start(client, input, version));
        const named = versionedName(definition.name, version);
        console.log(
          known === null
            ? `${named}: nothing new is known`
            : `${named}: ${String(rows)} rows, known from ${known.from} to ${known.to}; ` +
                `the online store is up to date until ${watermark ?? 'no moment yet'}`,
        );
      });
    });
  features
    .command('schedule')
    .description('materialize a feature view every so often, as its definition says')
    .argument('<view>', 'its name, or name@version for an earlier one')
    .option('--remove', 'remove the schedule')
    .action(async (view: string, _options: unknown, command: Command) => {
      const { remove, ...option } = command.optsWithGlobals<DataDirectoryOption & { remove?: boolean }>();
      const { definition, version } = await readView(option, view);
      const { everyMinutes } = definition.materialization;
      const named = versionedName(definition.name, version);
      const scheduleId = materializationId(definition.name, version);
      await withTemporal(option, async (client) => {
        if (remove === true) {
          await client.schedule.getHandle(scheduleId).delete();
          console.log(`${named} is not materialized by a schedule any more`);
          return;
        }
        await ensureSchedule(client, {
          scheduleId,
          everySeconds: everyMinutes * 60,
          workflowType: 'materializeFeatures',
          input: { view: definition.name, version },
          summary: `Materializes ${named}`,
        });
        console.log(`${named} is materialized every ${String(everyMinutes)} minutes`);
      });
    });
}

function readView(option: DataDirectoryOption, view: string): Promise<FeatureViewVersion> {
  const { name, version } = parseVersionedName(view);
  return withDatabase(option, (db) => requireFeatureView(db, name, version));
}

/** @throws TemperedError `Conflict` while one of this version runs */
async function start(
  client: Client,
  input: MaterializeFeaturesInput,
  version: number,
): Promise<WorkflowHandle<typeof materializeFeatures>> {
  const workflowId = materializationId(input.view, version);
  try {
    return await client.workflow.start<typeof materializeFeatures>('materializeFeatures', {
      taskQueue: controlTaskQueue,
      workflowId,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
      args: [input],
      staticSummary: `Materialize ${versionedName(input.view, version)}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new TemperedError(
      'Conflict',
      `"${workflowId}" is under way already. Try again when it has ended.`,
      {
        cause: error,
      },
    );
  }
}
