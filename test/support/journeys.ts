import type { ModelDefinitionInput } from '../../src/domain/modelDefinition.js';

/** A model of the rows that test/support/rows.ts writes, quick to train, to judge and to roll out. */
export function journeys(change: Partial<ModelDefinitionInput> = {}): ModelDefinitionInput {
  return {
    name: 'journeys',
    description: 'whether a journey is more than a quarter of an hour late',
    owner: 'tests',
    dataset: {
      source: 'rows',
      columns: { departure: 'departure', load: 'load', carrier: 'carrier', late: 'delay > 15' },
      eventTime: 'departure',
      target: 'late',
    },
    features: [
      { name: 'load', kind: 'numeric' },
      { name: 'carrier', kind: 'categorical', values: ['AA', 'BB', 'CC'] },
    ],
    training: { days: 14 },
    validation: { days: 7 },
    trainer: { name: 'logistic', epochs: 8, batchSize: 64, learningRate: 0.05 },
    baseline: 'base-rate',
    acceptance: { minRows: 500, minAuc: 0.65, maxLatencyP99Ms: 5000 },
    rollout: {
      stages: [0.05, 0.25, 0.5],
      minOutcomesPerArm: 50,
      guardrails: { minRequests: 20 },
      checkEverySeconds: 0.1,
    },
    // So rarely that the schedule never starts a monitoring of its own during a test.
    monitoring: { minPredictions: 100, everySeconds: 100_000_000 },
    ...change,
  };
}
