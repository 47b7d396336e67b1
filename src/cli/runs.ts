import { InvalidArgumentError, type Command } from 'commander';
import { TemperedError } from '../domain/errors.js';
import { parse } from '../domain/parse.js';
import { parseRunFilter, parseRunSort, type RunSort } from '../domain/runFilter.js';
import { maxComparedRuns, readRunComparison } from '../store/runComparison.js';
import { deleteRun, restoreRun } from '../store/runDeletion.js';
import { readRunDetails } from '../store/runDetails.js';
import { resolveRunId } from '../store/runIds.js';
import { maxRunsPerPage, searchRuns } from '../store/runSearch.js';
import { tagNameSchema, tagRun, tagValueSchema } from '../store/runTags.js';
import type { Database } from '../store/database.js';
import { actorOf } from './actor.js';
import { comparisonTable, describeRun, runTable } from './runTables.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';

interface ListOptions extends DataDirectoryOption {
  model?: string;
  status?: string;
  tag?: string[];
  where?: string;
  sort?: RunSort;
  limit: number;
  cursor?: string;
  deleted?: boolean;
  json?: boolean;
}

type JsonOption = DataDirectoryOption & { json?: boolean };
type TagOptions = DataDirectoryOption & { remove?: string[] };

export function addRunsCommand(program: Command): void {
  const runs = program.command('runs').description('search, show, compare, tag and delete training runs');
  addListCommand(runs);
  runs
    .command('show')
    .description('all that is known of a run')
    .argument('<id>', 'id of the run, or its first eight characters')
    .option('--json', 'as JSON, with every metric over its steps')
    .action(async (text: string, _options: unknown, command: Command) => {
      const { json, ...option } = command.optsWithGlobals<JsonOption>();
      const run = await withDatabase(option, async (db) => readRunDetails(db, await resolveRunId(db, text)));
      console.log(json === true ? JSON.stringify(run, null, 2) : describeRun(run));
    });
  runs
    .command('compare')
    .description('runs side by side; what differs is marked with *')
    .argument('<id...>', 'ids of runs, or their first eight characters')
    .option('--json', 'as JSON, with every metric over its steps')
    .action(async (texts: string[], _options: unknown, command: Command) => {
      const { json, ...option } = command.optsWithGlobals<JsonOption>();
      if (texts.length > maxComparedRuns) {
        throw new TemperedError(
          'InvalidInput',
          `At most ${String(maxComparedRuns)} runs are compared at once.`,
        );
      }
      const comparison = await withDatabase(option, async (db) =>
        readRunComparison(db, await resolveAll(db, texts)),
      );
      console.log(json === true ? JSON.stringify(comparison, null, 2) : comparisonTable(comparison));
    });
  runs
    .command('tag')
    .description('set tags of a run')
    .argument('<id>', 'id of the run, or its first eight characters')
    .argument('[tags...]', 'name=value')
    .option('--remove <name...>', 'tags to take away')
    .action(async (text: string, tags: string[], _options: unknown, command: Command) => {
      const { remove, ...option } = command.optsWithGlobals<TagOptions>();
      const change = { set: parseTags(tags), removed: remove ?? [] };
      const now = await withDatabase(option, async (db) => tagRun(db, await resolveRunId(db, text), change));
      console.log(
        Object.entries(now)
          .map(([name, value]) => `${name}=${value}`)
          .join('\n'),
      );
    });
  addDeletionCommands(runs);
}

function addListCommand(runs: Command): void {
  runs
    .command('list')
    .description('search runs, the newest first')
    .option('--model <model>', 'runs of this model')
    .option('--status <status>', 'running, succeeded, failed or cancelled')
    .option('--tag <name=value...>', 'runs with all of these tags')
    .option('--where <filter>', 'such as "metrics.loss < 0.4 and params.epochs = 4"')
    .option('--sort <field>', 'such as metrics.loss; -metrics.loss for the largest first', parseRunSort)
    .option('--limit <number>', `runs a page, at most ${String(maxRunsPerPage)}`, pageSize, 20)
    .option('--cursor <cursor>', 'where the page before ended')
    .option('--deleted', 'show deleted runs, too')
    .option('--json', 'as JSON')
    .action(async (_options: unknown, command: Command) => {
      const { dataDir, tag, where, json, ...search } = command.optsWithGlobals<ListOptions>();
      const tags = parseTags(tag ?? []);
      const page = await withDatabase({ dataDir }, (db) =>
        searchRuns(db, {
          ...search,
          ...(tag === undefined ? {} : { tags }),
          ...(where === undefined ? {} : { where: parseRunFilter(where) }),
        }),
      );
      console.log(json === true ? JSON.stringify(page, null, 2) : runTable(page.runs));
      if (json !== true && page.nextCursor !== null) {
        console.error(`There are more: add --cursor ${page.nextCursor}`);
      }
    });
}

function addDeletionCommands(runs: Command): void {
  runs
    .command('delete')
    .description('hide a run that no model version was made by; "runs restore" brings it back')
    .argument('<id>', 'id of the run, or its first eight characters')
    .action(async (text: string, _options: unknown, command: Command) => {
      await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), async (db) => {
        const id = await resolveRunId(db, text);
        await deleteRun(db, id, actorOf('runs delete'));
        console.log(`deleted ${id}; bring it back with: tempered runs restore ${id}`);
      });
    });
  runs
    .command('restore')
    .description('bring a deleted run back')
    .argument('<id>', 'id of the run, or its first eight characters')
    .action(async (text: string, _options: unknown, command: Command) => {
      await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), async (db) => {
        const id = await resolveRunId(db, text);
        await restoreRun(db, id);
        console.log(`restored ${id}`);
      });
    });
}

function resolveAll(db: Database, texts: readonly string[]): Promise<string[]> {
  return Promise.all(texts.map((text) => resolveRunId(db, text)));
}

function parseTags(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [name = '', ...value] = text.split('=');
      return [
        parse(tagNameSchema, name, `The tag "${text}" (name=value)`),
        parse(tagValueSchema, value.join('='), `The tag "${text}" (name=value)`),
      ];
    }),
  );
}

function pageSize(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxRunsPerPage) {
    throw new InvalidArgumentError(`It is not a whole number from 1 to ${String(maxRunsPerPage)}.`);
  }
  return limit;
}
