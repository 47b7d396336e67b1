import { z } from 'zod';
import { TemperedError } from '../../domain/errors.js';
import { parse } from '../../domain/parse.js';
import { sourceConfigurationSchema, type SourceConfiguration } from '../../domain/sourceConfiguration.js';

const sourcesSchema = z.record(z.string(), sourceConfigurationSchema);

/**
 * The data sources of a worker, from the setting TEMPERED_SOURCES.
 *
 * @param s3Endpoint - where those lie whose path begins with s3:// and that name no endpoint themselves; else AWS
 * @throws TemperedError `InvalidInput`
 */
export function parseSources(text: string, s3Endpoint?: string): Record<string, SourceConfiguration> {
  const sources = parse(sourcesSchema, parseJson(text), 'TEMPERED_SOURCES');
  return Object.fromEntries(
    Object.entries(sources).map(([name, source]) => [name, atEndpoint(source, s3Endpoint)]),
  );
}

function atEndpoint(source: SourceConfiguration, s3Endpoint: string | undefined): SourceConfiguration {
  if (source.kind === 'postgres' || s3Endpoint === undefined) return source;
  return { endpoint: s3Endpoint, ...source };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TemperedError('InvalidInput', `TEMPERED_SOURCES is not JSON: ${text}`, { cause: error });
  }
}
