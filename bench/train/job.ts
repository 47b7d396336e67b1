/** The network that bench/train.ts trains, here and in bench/train/trainWithKeras.py: the same layers, batches and optimizer. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { DatasetSpec } from '../../src/artifacts/source.js';
import type { Feature } from '../../src/domain/feature.js';
import { mlpSchema } from '../../src/domain/trainerDefinition.js';

/** Three million real flights of the first half of 2001. */
export const flightsPath = join(
  createRequire(import.meta.url).resolve('vega-datasets'),
  '../../data/flights-3m.parquet',
);

export const dataset: DatasetSpec = {
  source: 'flights',
  columns: {
    departure: 'date',
    distance: 'distance',
    hour: 'hour(date)',
    weekday: 'isodow(date)',
    origin: 'origin',
    destination: 'destination',
    late: 'delay > 15',
  },
  eventTime: 'departure',
  target: 'late',
  outcomeDelayHours: 0,
  checks: [],
};

/** @param airports - every one that the data names */
export function featuresFor(airports: string[]): Feature[] {
  return [
    { name: 'distance', kind: 'numeric' },
    { name: 'hour', kind: 'categorical', values: Array.from({ length: 24 }, (_, hour) => hour) },
    { name: 'weekday', kind: 'categorical', values: [1, 2, 3, 4, 5, 6, 7] },
    { name: 'origin', kind: 'categorical', values: airports },
    { name: 'destination', kind: 'categorical', values: airports },
  ];
}

export const trainer = mlpSchema.parse({
  name: 'mlp',
  epochs: 3,
  batchSize: 512,
  learningRate: 0.001,
  hiddenUnits: [64, 32],
  embeddings: { origin: 8, destination: 8 },
});
