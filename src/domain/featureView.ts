/**
 * Entities and feature views: features that several models share, with the time at which each value became known.
 *
 * A view turns the rows of one source into feature rows: the entity's keys, an event time, an ingestion time and the
 * features. The same rows, made by the same query, are joined into training sets and written to the online store.
 */
import { z } from 'zod';
import { identifierSchema, modelNameSchema } from './identifiers.js';

/** What features are about: an airport, a customer, a route. Its keys name one of them. */
export const entitySchema = z.strictObject({
  name: identifierSchema,
  description: z.string().min(1).max(2000),
  keys: z
    .record(identifierSchema, z.enum(['string', 'integer']))
    .refine((keys) => Object.keys(keys).length > 0, 'must name at least one key'),
});

const featureOfView = {
  description: z.string().min(1).max(500).optional(),
};

/** One feature of a view. `default` is what a missing or expired value becomes, visibly; null keeps it missing. */
const viewFeatureSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('number'),
    default: z.number().nullable().default(null),
    ...featureOfView,
  }),
  z.strictObject({
    type: z.literal('integer'),
    default: z.int().nullable().default(null),
    ...featureOfView,
  }),
  z.strictObject({
    type: z.literal('string'),
    default: z.string().nullable().default(null),
    ...featureOfView,
  }),
]);

/**
 * Turns rows into one value per entity and tick of the clock: at each tick, over the rows that became known (event
 * and ingestion time both) in the window that ends there. So no tick ever uses what was not known at it.
 */
const aggregationSchema = z.strictObject({
  /** A tick every so many minutes, counted from midnight UTC; a day must hold a whole number of them. */
  everyMinutes: z
    .int()
    .min(1)
    .max(1440)
    .refine((minutes) => 1440 % minutes === 0, 'must divide a day evenly, as 15, 60 or 1440 do'),
  /** Length of the window (tick − window, tick]. */
  windowMinutes: z
    .int()
    .min(1)
    .max(366 * 1440),
  /** Feature → SQL aggregate over the view's columns, such as "avg(late)". */
  features: z.record(identifierSchema, z.string().min(1)),
});

/** A view's contract. A changed definition is a new version; models name the exact version they use. */
export const featureViewSchema = z
  .strictObject({
    name: modelNameSchema,
    description: z.string().min(1).max(2000),
    owner: z.string().min(1).max(200),
    /** Name of an entity whose keys are columns of this view. */
    entity: identifierSchema,
    /** A source that the worker's configuration knows by this name. */
    source: identifierSchema,
    /** Column name → SQL expression over one row of the source. */
    columns: z.record(identifierSchema, z.string().min(1)),
    /** The column that says when the row happened. */
    eventTime: identifierSchema,
    /** The column that says when it became known here; the event time's own column where both are one. */
    ingestionTime: identifierSchema,
    /** Without it, each row of the source is a feature row. */
    aggregation: aggregationSchema.optional(),
    features: z
      .record(identifierSchema, viewFeatureSchema)
      .refine((features) => Object.keys(features).length > 0, 'must declare at least one feature'),
    /** A value older than this (by event time) counts as missing. */
    ttlHours: z.number().positive(),
    materialization: z
      .strictObject({
        /** How often the schedule runs. */
        everyMinutes: z.int().min(1).default(60),
        /** How late rows may come: each run looks again at so much time before its watermark. */
        latenessHours: z.number().min(0).default(24),
        /**
         * How far behind the newest the online store can answer: for events that are asked about late, or replayed.
         * 0 keeps the latest value of each entity alone.
         */
        historyHours: z.number().min(0).default(0),
      })
      .prefault({}),
  })
  .superRefine((view, context) => {
    const columns = new Set(Object.keys(view.columns));
    const complain = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    for (const field of ['eventTime', 'ingestionTime'] as const) {
      if (!columns.has(view[field]))
        complain([field], `names the column "${view[field]}", which columns does not declare`);
    }
    const computed =
      view.aggregation === undefined ? columns : new Set(Object.keys(view.aggregation.features));
    for (const feature of Object.keys(view.features)) {
      const where = view.aggregation === undefined ? 'columns' : 'aggregation.features';
      if (!computed.has(feature)) complain(['features', feature], `is not computed by ${where}`);
    }
  });

export type Entity = z.output<typeof entitySchema>;
export type EntityInput = z.input<typeof entitySchema>;
export type FeatureView = z.output<typeof featureViewSchema>;
export type FeatureViewInput = z.input<typeof featureViewSchema>;
export type ViewFeature = z.output<typeof viewFeatureSchema>;

/** Types an entity where it is written; it is checked when it is applied. */
export function defineEntity(entity: EntityInput): EntityInput {
  return entity;
}

/** Types a feature view where it is written; it is checked when it is applied. */
export function defineFeatureView(view: FeatureViewInput): FeatureViewInput {
  return view;
}
