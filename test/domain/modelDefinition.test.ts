import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalJson } from '../../src/domain/canonicalJson.js';
import {
  defineModel,
  modelDefinitionSchema,
  type ModelDefinitionInput,
} from '../../src/domain/modelDefinition.js';
import { parse } from '../../src/domain/parse.js';

const good: ModelDefinitionInput = defineModel({
  name: 'flight-delay',
  description: 'Will a flight arrive more than 15 minutes late?',
  owner: 'operations',
  dataset: {
    source: 'flights',
    columns: { departure: 'date', hour: 'hour(date)', origin: 'origin', late: 'delay > 15' },
    eventTime: 'departure',
    target: 'late',
  },
  features: [
    { name: 'hour', kind: 'numeric' },
    { name: 'origin', kind: 'categorical', values: ['ATL', 'ORD'] },
  ],
  training: { days: 28 },
  validation: { days: 7 },
  trainer: { name: 'mlp' },
  baseline: 'base-rate',
  acceptance: { minAuc: 0.6 },
});
const check = (given: unknown) => parse(modelDefinitionSchema, given, 'The model definition');

describe('a model definition', () => {
  it('fills in every default, so that what was decided is on record', () => {
    const definition = check(good);
    assert.deepEqual(definition.trainer, {
      name: 'mlp',
      epochs: 5,
      batchSize: 512,
      learningRate: 0.01,
      learningRateSchedule: { kind: 'constant', warmUpEpochs: 0 },
      earlyStopping: null,
      classWeights: null,
      hiddenUnits: [32],
      embeddings: {},
    });
    assert.deepEqual(definition.rollout.stages, [0.05, 0.25, 0.5]);
    assert.equal(definition.rollout.guardrails.maxErrorRate, 0.01);
    assert.equal(definition.monitoring.retraining.enabled, true);
    assert.equal(definition.dataset.outcomeDelayHours, 0);
    assert.equal(definition.seed, 1);
  });

  it('is the same as JSON, and stays the same when it is checked again', () => {
    const definition = check(good);
    assert.deepEqual(check(JSON.parse(JSON.stringify(good))), definition);
    assert.equal(canonicalJson(check(definition)), canonicalJson(definition));
  });

  const bad: [field: string, why: string, change: Record<string, unknown>][] = [
    ['name', 'must be lower-case words', { name: 'Flight Delay' }],
    ['name', 'must be lower-case words', { name: '../etc' }],
    ['owner', 'expected string', { owner: undefined }],
    ['description', 'expected string to have >=1', { description: '' }],
    ['dataset.target', 'names the column "delayed"', { dataset: { ...good.dataset, target: 'delayed' } }],
    ['dataset.eventTime', 'names the column "when"', { dataset: { ...good.dataset, eventTime: 'when' } }],
    [
      'dataset.source',
      'must be a plain identifier',
      { dataset: { ...good.dataset, source: '/data/flights.parquet' } },
    ],
    [
      'dataset.columns.2x',
      'must be a plain identifier',
      { dataset: { ...good.dataset, columns: { ...good.dataset.columns, '2x': 'x' } } },
    ],
    ['dataset.columns.hour', 'expected string', { dataset: { ...good.dataset, columns: { hour: '' } } }],
    ['features', 'expected array to have >=1', { features: [] }],
    ['features.0.name', 'names the column "minute"', { features: [{ name: 'minute', kind: 'numeric' }] }],
    [
      'features.1.name',
      '"hour" is declared twice',
      {
        features: [
          { name: 'hour', kind: 'numeric' },
          { name: 'hour', kind: 'numeric' },
        ],
      },
    ],
    [
      'features.0.name',
      'is the target, the event time or the output',
      { features: [{ name: 'late', kind: 'numeric' }] },
    ],
    [
      'features.0.name',
      '"score" is the target, the event time or the output',
      {
        dataset: { ...good.dataset, columns: { ...good.dataset.columns, score: 'score' } },
        features: [{ name: 'score', kind: 'numeric' }],
      },
    ],
    ['features.0.kind', 'Invalid', { features: [{ name: 'hour', kind: 'text' }] }],
    [
      'features.0.values',
      'must be 2 to 10,000 values, all whole numbers or all strings',
      { features: [{ name: 'origin', kind: 'categorical', values: ['ATL', 2] }] },
    ],
    ['features.0', '"missign"', { features: [{ name: 'hour', kind: 'numeric', missign: { fill: 0 } }] }],
    ['training.days', 'expected number to be >0', { training: { days: 0 } }],
    ['validation', 'expected object', { validation: undefined }],
    ['trainer.name', 'Invalid', { trainer: { name: 'forest' } }],
    [
      'trainer.embeddings.distance',
      'no categorical feature',
      { trainer: { name: 'mlp', embeddings: { distance: 4 } } },
    ],
    ['trainer.epochs', 'expected number to be >=1', { trainer: { name: 'mlp', epochs: 0 } }],
    ['baseline', 'expected "base-rate"', { baseline: 'none' }],
    ['acceptance.minAuc', 'expected number to be <=1', { acceptance: { minAuc: 60 } }],
    ['rollout.stages', 'must rise', { rollout: { stages: [0.5, 0.25] } }],
    ['rollout.stages.0', 'expected number to be >0', { rollout: { stages: [0] } }],
    [
      'rollout.guardrails.maxErrorRate',
      'expected number to be <=1',
      { rollout: { guardrails: { maxErrorRate: 5 } } },
    ],
    ['monitoring.windowHours', 'expected number', { monitoring: { windowHours: 'daily' } }],
    ['(the whole)', '"rolout"', { rolout: {} }],
  ];
  for (const [field, why, change] of bad) {
    it(`is refused for ${field} (${why})`, () => {
      assert.throws(
        () => check({ ...good, ...change }),
        (error: unknown) => {
          assert.ok(error instanceof Error);
          assert.ok(error.message.includes(`${field}: `), error.message);
          assert.ok(error.message.includes(why), error.message);
          return true;
        },
      );
    });
  }
});
