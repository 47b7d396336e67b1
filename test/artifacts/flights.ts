import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { DatasetSpec } from '../../src/artifacts/source.js';
import type { SourceConfiguration } from '../../src/domain/sourceConfiguration.js';

/** Three million real flights of the first half of 2001. */
export const flightsPath = join(
  createRequire(import.meta.url).resolve('vega-datasets'),
  '../../data/flights-3m.parquet',
);

export const flights: SourceConfiguration = { kind: 'parquet', path: flightsPath };

export const flightsDataset: DatasetSpec = {
  source: 'flights',
  columns: {
    departure: 'date',
    hour: 'hour(date)',
    distance: 'distance',
    origin: 'origin',
    late: 'delay > 15',
  },
  eventTime: 'departure',
  target: 'late',
  outcomeDelayHours: 0,
  checks: [],
};
