import { z } from 'zod';
import type { SourceConfiguration } from '../../domain/dataset.js';
import { TemperedError } from '../../domain/errors.js';
import { parse } from '../../domain/parse.js';

const sourcesSchema = z.record(
  z.string(),
  z.strictObject({ kind: z.literal('parquet'), path: z.string().min(1) }),
);

/**
 * The data sources of a worker, from the setting TEMPERED_SOURCES.
 *
 * @throws TemperedError `InvalidInput`
 */
export function parseSources(text: string): Record<string, SourceConfiguration> {
  return parse(sourcesSchema, parseJson(text), 'TEMPERED_SOURCES');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TemperedError('InvalidInput', `TEMPERED_SOURCES is not JSON: ${text}`, { cause: error });
  }
}
