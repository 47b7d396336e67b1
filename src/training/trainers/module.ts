import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { sha256OfFile } from '../../artifacts/digest.js';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { moduleSchema } from '../../domain/trainerDefinition.js';
import { defineTrainer, type Trainer } from './trainer.js';

/** A user's own trainer: the default export of a module that the worker's configuration names. */
export const moduleTrainer = defineTrainer({
  params: moduleSchema,
  async train({ module: name, params }, task) {
    const path = task.file ?? '';
    const trained = await (await load(name, path)).train(params, task);
    const packages = { ...trained.packages, [`trainer module ${name}`]: await sha256OfFile(path) };
    return { ...trained, packages };
  },
});

const exportsSchema = z.object({
  default: z.object({ train: z.custom<Trainer['train']>((given) => typeof given === 'function') }),
});

async function load(name: string, path: string): Promise<Trainer> {
  let loaded: unknown;
  try {
    loaded = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw new TemperedError(
      'InvalidInput',
      `The trainer module "${name}" could not be loaded from ${path}: ${messageOf(cause)}`,
      { cause },
    );
  }
  const found = exportsSchema.safeParse(loaded);
  if (found.success) return found.data.default;
  throw new TemperedError(
    'InvalidInput',
    `The trainer module "${name}" (${path}) has no trainer as its default export; make one with defineTrainer.`,
  );
}
