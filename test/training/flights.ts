import type { ArtifactStore } from '../../src/artifacts/store.js';
import { snapshotDataset } from '../../src/artifacts/snapshot.js';
import type { Feature } from '../../src/domain/feature.js';
import { mlpSchema } from '../../src/domain/trainerDefinition.js';
import type { TrainingJob } from '../../src/domain/training.js';
import { flights, flightsDataset } from '../artifacts/flights.js';

/** Every kind of feature: whole numbers and strings as categories, numbers with and without a missing policy. */
export const flightFeatures: Feature[] = [
  { name: 'origin', kind: 'categorical', values: ['ATL', 'DFW', 'LAX', 'ORD'] },
  { name: 'distance', kind: 'numeric' },
  { name: 'hour', kind: 'categorical', values: Array.from({ length: 24 }, (_, hour) => hour) },
  { name: 'distanceIfLong', kind: 'numeric', missing: { fill: 250 } },
];

export const flightTrainer = mlpSchema.parse({ name: 'mlp', epochs: 4, batchSize: 256, hiddenUnits: [8] });

export const flightJob: TrainingJob = {
  runId: 'run-1',
  trainer: flightTrainer,
  seed: 17,
  features: flightFeatures,
  target: 'late',
  permuteLabels: false,
};

/** A snapshot of real flights of one January day. `columns` replaces or adds some of its columns. */
export async function snapshotFlights(
  store: ArtifactStore,
  { maxRows = 6000, columns = {} }: { maxRows?: number; columns?: Record<string, string> } = {},
): Promise<string> {
  const dataset = {
    ...flightsDataset,
    columns: {
      ...flightsDataset.columns,
      distanceIfLong: 'CASE WHEN distance > 300 THEN distance END',
      ...columns,
    },
  };
  const window = { from: '2001-01-10T00:00:00Z', to: '2001-01-11T00:00:00Z' };
  const source = { name: 'flights', configuration: flights };
  const version = await snapshotDataset({ source, dataset, window, maxRows }, store);
  return store.fetch(version.parquetSha256);
}
