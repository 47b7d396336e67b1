import { z } from '@hono/zod-openapi';
import { eventTimeSchema } from './eventTime.js';

const time = z.iso.datetime();
const version = z.int().positive();
const value = z.union([z.number(), z.string(), z.null()]);

/** Most entity rows one request may ask for. */
export const maxEntitiesPerRequest = 1000;

export const featureReadRequestSchema = z
  .object({
    event_time: eventTimeSchema
      .optional()
      .describe('no value counts that was not known before this moment; by default now'),
    entities: z
      .array(
        z.object({
          view: z.string().openapi({ example: 'airport-delays' }),
          version: version.optional().describe('by default the newest'),
          key: z
            .record(z.string(), z.union([z.string(), z.number()]))
            .openapi({ example: { airport: 'ATL' } }),
        }),
      )
      .min(1)
      .max(maxEntitiesPerRequest),
  })
  .openapi('FeatureReadRequest');

export const featureReadResponseSchema = z
  .object({
    entities: z.array(
      z.object({
        view: z.string(),
        version,
        event_time: time.nullable().describe('of the row that answers; null where none was known'),
        features: z.record(
          z.string(),
          z.object({
            value,
            state: z
              .enum(['fresh', 'expired', 'missing'])
              .describe('where it is not fresh, the value is the declared default'),
          }),
        ),
      }),
    ),
  })
  .openapi('FeatureReadResponse');

const freshness = {
  watermark: time.nullable().describe('everything that was known before it is in the online store'),
  newestEventTime: time.nullable().describe('of the rows that the newest materialization saw'),
  materializedAt: time.nullable(),
};

const userSchema = z.object({
  model: z.string(),
  versions: z.array(version).describe('model versions made by a definition that uses the view'),
  current: z.boolean().describe("whether it is the model's current definition"),
  features: z.array(z.string()),
});

const viewSummary = z
  .object({
    name: z.string(),
    version,
    description: z.string(),
    owner: z.string(),
    entity: z.string(),
    features: z.array(z.string()),
    models: z.array(z.string()),
    ...freshness,
  })
  .openapi('FeatureViewSummary');

const entity = z.object({
  name: z.string(),
  version,
  description: z.string(),
  keys: z.record(z.string(), z.enum(['string', 'integer'])),
});

export const featureListSchema = z
  .object({ entities: z.array(entity), views: z.array(viewSummary) })
  .openapi('FeatureList');

const statistics = z
  .object({
    missing: z.int(),
    distinct: z.int(),
    min: z.number().nullable(),
    mean: z.number().nullable(),
    max: z.number().nullable(),
  })
  .describe('over the rows that the newest materialization saw');

export const featureViewSchema = z
  .object({
    name: z.string(),
    version,
    newestVersion: version,
    description: z.string(),
    owner: z.string(),
    entity: entity.omit({ version: true }),
    source: z.string(),
    columns: z.record(z.string(), z.string()),
    eventTime: z.string(),
    ingestionTime: z.string(),
    aggregation: z.object({ everyMinutes: z.int(), windowMinutes: z.int() }).nullable(),
    ttlHours: z.number(),
    createdAt: time,
    ...freshness,
    statistics: z.object({ rows: z.int(), entities: z.int(), from: time, to: time }).nullable(),
    features: z.array(
      z.object({
        name: z.string(),
        type: z.enum(['number', 'integer', 'string']),
        default: value,
        description: z.string().nullable(),
        computedBy: z.string().describe('the SQL expression'),
        statistics: statistics.nullable(),
        models: z.array(z.string()).describe('models that use it, with their versions'),
      }),
    ),
    models: z.array(userSchema),
    announcedTo: z.array(z.string()).describe('models that this version was announced to'),
    materializations: z.array(
      z.object({
        kind: z.enum(['incremental', 'backfill']),
        from: time,
        to: time,
        rows: z.int(),
        completedAt: time,
      }),
    ),
  })
  .openapi('FeatureView');
