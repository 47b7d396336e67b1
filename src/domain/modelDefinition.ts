import { z } from 'zod';
import { columnsOf } from './dataCheck.js';
import { datasetSchema } from './datasetDefinition.js';
import { featureReferenceSchema } from './featureReference.js';
import { featureSchema } from './feature.js';
import { modelNameSchema } from './identifiers.js';
import { scoreOutput } from './tensor.js';
import { trainerSchema } from './trainerDefinition.js';
import { trainerIssues } from './trainerIssues.js';
import { tuningProblems, tuningSchema } from './tuning.js';

const windowSchema = z.strictObject({
  days: z.number().positive(),
  /** Over this many rows, an even, repeatable sample is taken. */
  maxRows: z.int().positive().default(1_000_000),
});

/** Each bound is held against the held-out window; where it compares with the champion, against the interval's worse end. */
const acceptanceSchema = z.strictObject({
  minRows: z.int().positive().default(1000),
  minAuc: z.number().min(0).max(1),
  /** The lower end of the interval of (candidate − champion) may be this far below 0. */
  maxAucDecrease: z.number().min(0).default(0.005),
  /** The upper end of the interval of (candidate − champion) may be this far above 0. */
  maxLogLossIncrease: z.number().min(0).default(0.005),
  /** Expected calibration error over ten equal-count bins. */
  maxCalibrationError: z.number().min(0).max(1).default(0.1),
  /** 99th percentile of one-row inference. */
  maxLatencyP99Ms: z.number().positive().default(50),
});

const rolloutSchema = z.strictObject({
  /** The challenger's share of traffic, stage by stage; after the last it is promoted. */
  stages: z
    .array(z.number().gt(0).max(1))
    .min(1)
    .default([0.05, 0.25, 0.5])
    .refine((stages) => stages.every((share, i) => i === 0 || share > (stages[i - 1] ?? 0)), 'must rise'),
  /** Predictions with an outcome that each arm needs in a stage before it is judged. */
  minOutcomesPerArm: z.int().min(2).default(500),
  /** How much worse in mean log loss the challenger may be and still go on. */
  maxLogLossIncrease: z.number().min(0).default(0.02),
  guardrails: z
    .strictObject({
      /** Failed share of the challenger's requests, once `minRequests` were seen. */
      maxErrorRate: z.number().min(0).max(1).default(0.01),
      maxLatencyP99Ms: z.number().positive().default(250),
      minRequests: z.int().min(1).default(50),
    })
    .prefault({}),
  /** How often the recorded predictions are looked at. */
  checkEverySeconds: z.number().min(0.1).default(30),
});

const monitoringSchema = z.strictObject({
  /** Length of one window of event time. */
  windowHours: z.number().positive().default(24),
  /** How often the schedule looks whether a window is complete. */
  everySeconds: z.number().min(1).default(300),
  minPredictions: z.int().min(1).default(500),
  /** A column drifted when its PSI reaches this. */
  maxPsi: z.number().positive().default(0.1),
  /** A numeric column drifted, too, when its Kolmogorov–Smirnov statistic reaches this and is significant (p ≤ 0.05). */
  maxKsStatistic: z.number().positive().max(1).default(0.1),
  /** Share of columns that must have drifted for the window to count as drifted. */
  minDriftedShare: z.number().gt(0).max(1).default(0.5),
  /** Rise of mean log loss over the reference window's, judged by its interval's lower end. */
  maxLogLossIncrease: z.number().positive().default(0.05),
  retraining: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Event time that must pass after a retraining before another starts by itself. */
      cooldownHours: z
        .number()
        .min(0)
        .default(24 * 7),
      /**
       * What a new feature view that this model could use is to it: nothing; news, shown with its status; or, once
       * this definition uses it and the champion's does not, a reason to train again.
       */
      onNewFeatures: z.enum(['ignore', 'notify', 'retrain']).default('notify'),
    })
    .prefault({}),
});

/**
 * Everything Tempered needs to know of a model, in one object: where its rows come from, what it sees, how it is
 * trained, what it must prove, how it is rolled out and when it is trained again.
 */
export const modelDefinitionSchema = z
  .strictObject({
    name: modelNameSchema,
    description: z.string().min(1).max(2000),
    owner: z.string().min(1).max(200),
    dataset: datasetSchema,
    /** Feature views whose values are joined to each row, as they were known at its event time. */
    featureViews: z.array(featureReferenceSchema).max(100).default([]),
    features: z.array(featureSchema).min(1).max(1000),
    training: windowSchema,
    validation: windowSchema,
    trainer: trainerSchema,
    /** How `tempered tune` searches for the trainer's parameters. */
    tuning: tuningSchema.optional(),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1),
    /** What serves before any version has proved itself: always answers the base rate of the training window. */
    baseline: z.literal('base-rate'),
    acceptance: acceptanceSchema,
    rollout: rolloutSchema.prefault({}),
    monitoring: monitoringSchema.prefault({}),
  })
  .superRefine((definition, context) => {
    const columns = new Set(Object.keys(definition.dataset.columns));
    const joined = new Set<string>();
    const mustBeColumn = (column: string, path: (string | number)[]) => {
      if (columns.has(column)) return;
      context.addIssue({
        code: 'custom',
        path,
        message: `names the column "${column}", which dataset.columns does not declare (it has: ${[...columns].join(', ')})`,
      });
    };
    mustBeColumn(definition.dataset.eventTime, ['dataset', 'eventTime']);
    mustBeColumn(definition.dataset.target, ['dataset', 'target']);
    definition.dataset.checks.forEach((check, i) => {
      for (const column of columnsOf(check)) mustBeColumn(column, ['dataset', 'checks', i]);
    });
    definition.featureViews.forEach(({ keys, features }, i) => {
      for (const [key, column] of Object.entries(keys))
        mustBeColumn(column, ['featureViews', i, 'keys', key]);
      for (const feature of Object.keys(features)) {
        if (columns.has(feature) || joined.has(feature)) {
          const message = `"${feature}" is a column or another view's feature already; call this feature otherwise`;
          context.addIssue({ code: 'custom', path: ['featureViews', i, 'features', feature], message });
        }
        joined.add(feature);
      }
    });
    for (const { path, message } of trainerIssues(definition.trainer, definition.features)) {
      context.addIssue({ code: 'custom', path: ['trainer', ...path], message });
    }
    if (definition.tuning !== undefined) {
      for (const { path, message } of tuningProblems(definition.tuning, definition)) {
        context.addIssue({ code: 'custom', path: ['tuning', ...path], message });
      }
    }
    const seen = new Set<string>();
    definition.features.forEach((feature, i) => {
      if (!joined.has(feature.name)) mustBeColumn(feature.name, ['features', i, 'name']);
      const { target, eventTime } = definition.dataset;
      const reserved = [target, eventTime, scoreOutput].includes(feature.name);
      if (seen.has(feature.name) || reserved) {
        const message = reserved
          ? `is the target, the event time or the output ("${scoreOutput}"), not a feature`
          : 'is declared twice';
        context.addIssue({
          code: 'custom',
          path: ['features', i, 'name'],
          message: `"${feature.name}" ${message}`,
        });
      }
      seen.add(feature.name);
    });
  });

export type ModelDefinition = z.output<typeof modelDefinitionSchema>;
export type ModelDefinitionInput = z.input<typeof modelDefinitionSchema>;
export type AcceptanceCriteria = ModelDefinition['acceptance'];
export type RolloutPolicy = ModelDefinition['rollout'];
export type MonitoringPolicy = ModelDefinition['monitoring'];

/** Types a definition where it is written, and checks it when it is applied. */
export function defineModel(definition: ModelDefinitionInput): ModelDefinitionInput {
  return definition;
}
