import { resolve } from 'node:path';
import { z } from 'zod';
import { TemperedError } from '../../domain/errors.js';
import { modelNameSchema } from '../../domain/identifiers.js';
import { parse } from '../../domain/parse.js';

const trainerModulesSchema = z.record(modelNameSchema, z.string().min(1));

/**
 * The user's own trainers, from the setting TEMPERED_TRAINERS: name → absolute path.
 *
 * @throws TemperedError `InvalidInput`
 */
export function parseTrainerModules(text: string): Record<string, string> {
  const modules = parse(trainerModulesSchema, parseJson(text), 'TEMPERED_TRAINERS');
  return Object.fromEntries(Object.entries(modules).map(([name, path]) => [name, resolve(path)]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TemperedError('InvalidInput', `TEMPERED_TRAINERS is not JSON: ${text}`, { cause: error });
  }
}
