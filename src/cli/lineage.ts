import type { Command } from 'commander';
import type { LineageDirection } from '../domain/lineage.js';
import { readLineage } from '../store/lineage/readLineage.js';
import { resolveLineageReference } from '../store/lineage/resolve.js';
import { lineageTree } from './lineageTree.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';

interface LineageOptions extends DataDirectoryOption {
  upstream?: boolean;
  downstream?: boolean;
  json?: boolean;
}

export function addLineageCommand(program: Command): void {
  program
    .command('lineage')
    .description('what a thing was made from, and what was made from it')
    .argument(
      '<thing>',
      'id (or its first eight characters) of a dataset version, run, artifact, prediction, validation or rollout; ' +
        'model@version, model@alias, model#epoch, view@version',
    )
    .option('--upstream', 'only what it was made from')
    .option('--downstream', 'only what was made from it')
    .option('--json', 'as JSON')
    .action(async (thing: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<LineageOptions>();
      const graph = await withDatabase(options, async (db) =>
        readLineage(db, await resolveLineageReference(db, thing), directionsOf(options)),
      );
      console.log(options.json === true ? JSON.stringify(graph, null, 2) : lineageTree(graph));
    });
}

function directionsOf({ upstream, downstream }: LineageOptions): LineageDirection[] {
  if (upstream === downstream) return ['upstream', 'downstream'];
  return upstream === true ? ['upstream'] : ['downstream'];
}
