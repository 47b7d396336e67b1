import type { Command } from 'commander';
import { listDeployments } from '../store/deployments.js';
import { listModels, readModel } from '../store/models.js';
import { applyDefinitionFile, describeRegistered } from './definitionFile.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';
import { table } from './table.js';

export function addModelsCommand(program: Command): void {
  const models = program.command('models').description('register and look at model definitions');
  models
    .command('apply')
    .description('register a model definition, or a new one for the same model')
    .argument('<file>', 'JSON, or a module whose default or "definition" export is the definition')
    .action(async (file: string, _options: unknown, command: Command) => {
      const option = command.optsWithGlobals<DataDirectoryOption>();
      console.log(describeRegistered(await applyDefinitionFile(option, file)));
    });
  models
    .command('list')
    .description('list the registered models')
    .action(async (_options: unknown, command: Command) => {
      await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), async (db) => {
        const [found, deployments] = await Promise.all([listModels(db), listDeployments(db)]);
        const champions = new Map(deployments.map(({ model, championVersion }) => [model, championVersion]));
        console.log(
          table(
            ['model', 'champion', 'owner', 'description'],
            found.map(({ name, definition }) => [
              name,
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
}
