import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { messageOf, TemperedError } from '../domain/errors.js';
import { modelDefinitionSchema } from '../domain/modelDefinition.js';
import { parse } from '../domain/parse.js';
import { registerDefinition, type Model } from '../store/models.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';

/**
 * Registers the definition that a file holds, or a new one for the same model.
 *
 * @throws TemperedError `InvalidInput`, naming the file and each wrong field
 */
export async function applyDefinitionFile(option: DataDirectoryOption, file: string): Promise<Model> {
  const definition = parse(modelDefinitionSchema, await readDefinitionFile(file), file);
  return withDatabase(option, (db) => registerDefinition(db, definition));
}

/** What `tempered models apply` and `tempered train` say of a definition that they registered. */
export function describeRegistered({ name, definitionDigest }: Model): string {
  return `${name} is registered (definition ${definitionDigest.slice(0, 12)})`;
}

const moduleSchema = z.object({ default: z.unknown().optional(), definition: z.unknown().optional() });

async function readDefinitionFile(file: string): Promise<unknown> {
  const content = await readDefinitionModule(file);
  if (file.endsWith('.json')) return content;
  const module = moduleSchema.parse(content);
  return module.default ?? module.definition;
}

/**
 * What a file holds: JSON, or the exports of a module.
 * @throws TemperedError `InvalidInput` where it cannot be read
 */
export async function readDefinitionModule(file: string): Promise<unknown> {
  const path = resolve(file);
  try {
    if (path.endsWith('.json')) return JSON.parse(await readFile(path, 'utf8'));
    return await import(pathToFileURL(path).href);
  } catch (error) {
    throw new TemperedError('InvalidInput', `${file} could not be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
