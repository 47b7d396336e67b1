import { modelDefinitionSchema, type ModelDefinition } from '../../../src/domain/modelDefinition.js';

/** A definition whose policies are the library's defaults, for decisions to be judged by. */
export const definition: ModelDefinition = modelDefinitionSchema.parse({
  name: 'late',
  description: 'will it be late?',
  owner: 'tests',
  dataset: { source: 'rows', columns: { at: 'at', x: 'x', y: 'y' }, eventTime: 'at', target: 'y' },
  features: [{ name: 'x', kind: 'numeric' }],
  training: { days: 7 },
  validation: { days: 2 },
  trainer: { name: 'logistic' },
  baseline: 'base-rate',
  acceptance: { minAuc: 0.6 },
});
