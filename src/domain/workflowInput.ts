import { z } from 'zod';
import { modelNameSchema } from './identifiers.js';
import { tuningSchema } from './tuning.js';

/**
 * What each workflow takes: one JSON object, of which only `model` is needed, so that a person can start it from
 * the Temporal UI. Strict: a misspelt field is an error, not a silent default.
 */
const model = modelNameSchema.describe('name of the model, as in its definition');
const version = z.int().positive().describe('number of the model version');
const asOf = z.iso
  .datetime({ offset: true })
  .describe('the moment up to which data is known; by default that of the newest data');
/** In UTC, to the millisecond: such texts compare as their moments do. */
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());
const permuteLabels = z
  .boolean()
  .describe('train a negative control on shuffled labels; validation must stop it');
const reason = z.string().min(1).max(500).describe('why, for the audit trail');
const actor = z.string().min(1).max(200).describe('who asked, for the audit trail');

export const trainModelInputSchema = z.strictObject({
  model,
  asOf: asOf.optional(),
  permuteLabels: permuteLabels.default(false),
});
export const validateModelInputSchema = z.strictObject({ model, version });
export const rolloutModelInputSchema = z.strictObject({
  model,
  version,
  actor: actor.default('rolloutModel'),
});
export const rollbackModelInputSchema = z.strictObject({
  model,
  toVersion: version
    .optional()
    .describe('the version to go back to; by default the champion before this one'),
  reason: reason.default('asked for by an operator'),
  actor: actor.default('operator'),
});
export const monitorModelInputSchema = z.strictObject({ model });
export const modelLifecycleInputSchema = z.strictObject({
  model,
  asOf: asOf.optional(),
  permuteLabels: permuteLabels.default(false),
  reason: reason.default('asked for by an operator'),
});

export const materializeFeaturesInputSchema = z
  .strictObject({
    view: modelNameSchema.describe('name of the feature view'),
    version: version.optional().describe('version of the view; by default the newest'),
    from: moment
      .optional()
      .describe('materializes a range again, from when its rows became known; moves no watermark'),
    to: moment.optional().describe('up to when rows became known; by default the newest that are known'),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    path: ['to'],
    message: 'must be after from',
  });

export const tuneModelInputSchema = z.strictObject({
  model,
  asOf: asOf.optional(),
  search: tuningSchema
    .optional()
    .describe("how to search, by default as the model's definition says in tuning"),
});

export type TrainModelInput = z.input<typeof trainModelInputSchema>;
export type ValidateModelInput = z.input<typeof validateModelInputSchema>;
export type RolloutModelInput = z.input<typeof rolloutModelInputSchema>;
export type RollbackModelInput = z.input<typeof rollbackModelInputSchema>;
export type MonitorModelInput = z.input<typeof monitorModelInputSchema>;
export type ModelLifecycleInput = z.input<typeof modelLifecycleInputSchema>;
export type MaterializeFeaturesInput = z.input<typeof materializeFeaturesInputSchema>;
export type TuneModelInput = z.input<typeof tuneModelInputSchema>;
