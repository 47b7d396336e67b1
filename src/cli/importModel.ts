import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { openArtifactStore } from '../artifacts/openArtifactStore.js';
import { messageOf, TemperedError } from '../domain/errors.js';
import { modelNameSchema } from '../domain/identifiers.js';
import { importedModelFields } from '../domain/importedModel.js';
import { parse } from '../domain/parse.js';
import { recordArtifact } from '../store/artifacts.js';
import { readModel, registerDefinition, type Model } from '../store/models.js';
import { describeRegistered } from './definitionFile.js';
import { readSettings, withDatabase, type DataDirectoryOption } from './settings.js';

const manifestSchema = z.strictObject({
  /** The registered model that it is to be a version of. */
  model: modelNameSchema,
  /** The ONNX file, beside the manifest. */
  file: z.string().min(1),
  ...importedModelFields,
});

export function addImportCommand(models: Command): void {
  models
    .command('import')
    .description('let the next version of a model be an ONNX file that was trained elsewhere')
    .argument('<manifest>', 'JSON that names the ONNX file; see docs/guides/training.md')
    .action(async (manifest: string, _options: unknown, command: Command) => {
      const model = await importModel(command.optsWithGlobals<DataDirectoryOption>(), manifest);
      console.log(describeRegistered(model));
      console.log(`validate it and roll it out: tempered train ${model.name}`);
    });
}

/**
 * Puts the file into the artifact store, and registers the model's current definition with it as its trainer.
 *
 * @throws TemperedError `InvalidInput`, naming each wrong field; `NotFound` where the model is not registered
 */
async function importModel(option: DataDirectoryOption, path: string): Promise<Model> {
  const { model, file, ...described } = parse(manifestSchema, await readManifest(path), path);
  const artifacts = openArtifactStore(await readSettings(option));
  return withDatabase(option, async (db) => {
    const { definition } = await readModel(db, model);
    const stored = await artifacts.putFile(resolve(dirname(path), file)).catch((cause: unknown) => {
      throw new TemperedError('InvalidInput', `${path} names the file ${file}: ${messageOf(cause)}`, {
        cause,
      });
    });
    await recordArtifact(db, { ...stored, kind: 'model' });
    const trainer = { name: 'onnx', modelSha256: stored.sha256, ...described };
    return registerDefinition(db, { ...definition, trainer });
  });
}

async function readManifest(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new TemperedError('InvalidInput', `${path} could not be read: ${messageOf(cause)}`, { cause });
  }
}
