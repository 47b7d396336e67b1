import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { SourceConfiguration } from 'tempered';

/** 3,000,000 flights within the United States, January to June 2001 (npm `vega-datasets`, from the Bureau of Transportation Statistics). */
export const flightsPath = resolve(
  createRequire(import.meta.url).resolve('vega-datasets'),
  '../../data/flights-3m.parquet',
);

/** What the workers may read; the definition names it "flights". */
export const sources: Record<string, SourceConfiguration> = {
  flights: { kind: 'parquet', path: flightsPath },
};
