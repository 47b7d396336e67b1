import type { Command } from 'commander';
import { listDeployments } from '../store/deployments.js';
import { archiveModel, listModels, readModel, restoreModel } from '../store/models.js';
import { actorOf } from './actor.js';
import { applyDefinitionFile, describeRegistered } from './definitionFile.js';
import { addAliasCommands } from './modelAliases.js';
import { addVersionCommands } from './modelVersions.js';
import { addImportCommand } from './importModel.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';
import { table } from './table.js';

type ListOptions = DataDirectoryOption & { deleted?: boolean };

export function addModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .description('register models, and look at their versions and aliases');
  models
    .command('apply')
    .description('register a model definition, or a new one for the same model')
    .argument('<file>', 'JSON, or a module whose default or "definition" export is the definition')
    .action(async (file: string, _options: unknown, command: Command) => {
      const option = command.optsWithGlobals<DataDirectoryOption>();
      console.log(describeRegistered(await applyDefinitionFile(option, file)));
    });
  addImportCommand(models);
  models
    .command('list')
    .description('list the registered models')
    .option('--deleted', 'show archived models, too')
    .action(async (_options: unknown, command: Command) => {
      const { deleted, ...option } = command.optsWithGlobals<ListOptions>();
      await withDatabase(option, async (db) => {
        const [found, deployments] = await Promise.all([
          listModels(db, { deleted: deleted === true }),
          listDeployments(db),
        ]);
        const champions = new Map(deployments.map(({ model, championVersion }) => [model, championVersion]));
        console.log(
          table(
            ['model', 'champion', 'owner', 'description'],
            found.map(({ name, definition, deletedAt }) => [
              deletedAt === null ? name : `${name} (archived)`,
              champions.get(name) ?? null,
              definition.owner,
              definition.description,
            ]),
          ),
        );
      });
    });
  models
    .command('show')
    .description('print the current definition of a model as JSON')
    .argument('<model>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { definition } = await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), (db) =>
        readModel(db, name),
      );
      console.log(JSON.stringify(definition, null, 2));
    });
  addVersionCommands(models);
  addAliasCommands(models);
  addArchiveCommands(models);
}

function addArchiveCommands(models: Command): void {
  models
    .command('archive')
    .description('hide a model from lists; what serves goes on serving')
    .argument('<model>')
    .action(async (name: string, _options: unknown, command: Command) => {
      await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), (db) =>
        archiveModel(db, name, actorOf('models archive')),
      );
      console.log(`archived ${name}; bring it back with: tempered models restore ${name}`);
    });
  models
    .command('restore')
    .description('bring an archived model back')
    .argument('<model>')
    .action(async (name: string, _options: unknown, command: Command) => {
      await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), (db) => restoreModel(db, name));
      console.log(`restored ${name}`);
    });
}
