import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { messageOf, TemperedError } from '../domain/errors.js';
import { modelDefinitionSchema } from '../domain/modelDefinition.js';
import { parse } from '../domain/parse.js';
import { listDeployments } from '../store/deployments.js';
import { listModels, readModel, registerDefinition } from '../store/models.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';
import { table } from './table.js';

export function addModelsCommand(program: Command): void {
  const models = program.command('models').description('register and look at model definitions');
  models
    .command('apply')
    .description('register a model definition, or a new one for the same model')
    .argument('<file>', 'JSON, or a module whose default or "definition" export is the definition')
    .action(async (file: string, _options: unknown, command: Command) => {
      const definition = parse(modelDefinitionSchema, await readDefinitionFile(file), file);
      const model = await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), (db) =>
        registerDefinition(db, definition),
      );
      console.log(`${model.name} is registered (definition ${model.definitionDigest.slice(0, 12)})`);
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

const moduleSchema = z.object({ default: z.unknown().optional(), definition: z.unknown().optional() });

async function readDefinitionFile(file: string): Promise<unknown> {
  const path = resolve(file);
  try {
    if (path.endsWith('.json')) return JSON.parse(await readFile(path, 'utf8'));
    const module = moduleSchema.parse(await import(pathToFileURL(path).href));
    return module.default ?? module.definition;
  } catch (error) {
    throw new TemperedError('InvalidInput', `${file} could not be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
