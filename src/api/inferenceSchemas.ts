import { z } from '@hono/zod-openapi';
import { isStorable } from '../domain/storableText.js';
import { eventTimeSchema } from './eventTime.js';

const datatype = z.enum(['BOOL', 'INT32', 'INT64', 'FP32', 'FP64', 'BYTES']);
const value = z.union([z.number(), z.string(), z.boolean(), z.null()]);

const tensorSchema = z
  .object({
    name: z.string(),
    datatype,
    shape: z.array(z.int()).openapi({ example: [1, 1] }),
    data: z.array(value).openapi({ example: [850] }),
  })
  .openapi('Tensor');

/** The request without its tensors, which the codec checks against the model's signature, without a schema's cost. */
export const inferenceRequestSchema = z.object({
  id: z.string().max(256).optional().describe('echoed in the answer'),
  parameters: z
    .object({
      routing_key: z
        .string()
        .min(1)
        .max(256)
        .refine(isStorable, 'must be Unicode text without NUL')
        .optional()
        .describe('requests with the same key stay on the same arm during a rollout'),
      event_time: eventTimeSchema.optional().describe('when the event happened; by default now'),
    })
    .optional(),
  inputs: z.unknown().optional(),
  outputs: z
    .array(z.object({ name: z.string() }))
    .optional()
    .describe('the outputs wanted; by default all'),
});

/** The whole request, for its description. */
export const documentedInferenceRequestSchema = inferenceRequestSchema
  .extend({
    inputs: z
      .array(
        tensorSchema.extend({
          data: z
            .array(z.unknown())
            .describe('row-major, flat or nested; null for a missing number, where the model takes that'),
        }),
      )
      .describe(
        'one tensor per feature, all with the same number of rows; where the model uses feature views, the keys of their ' +
          'entities may be sent in place of the features',
      ),
  })
  .openapi('InferenceRequest');

export const inferenceResponseSchema = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string(),
    outputs: z.array(tensorSchema),
    parameters: z.object({
      arm: z.enum(['champion', 'challenger']),
      epoch: z.int().describe('the deployment that answered'),
      prediction_ids: z.array(z.uuid()).describe('one per row; POST /outcomes takes them'),
      defaulted_features: z
        .array(
          z.object({ feature: z.string(), state: z.enum(['expired', 'missing']), rows: z.array(z.int()) }),
        )
        .optional()
        .describe('features that were looked up without finding a fresh value; their defaults were used'),
    }),
  })
  .openapi('InferenceResponse');
export type InferenceResponse = z.output<typeof inferenceResponseSchema>;

const tensorMetadata = z.object({ name: z.string(), datatype, shape: z.array(z.int()) });

export const modelMetadataSchema = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensorMetadata),
    outputs: z.array(tensorMetadata),
    parameters: z
      .object({
        feature_lookups: z.array(
          z.object({
            view: z.string().openapi({ example: 'airport-delays@1' }),
            keys: z.array(tensorMetadata),
            inputs: z.array(z.string()),
          }),
        ),
      })
      .optional()
      .describe(
        'inputs that may be left out where these keys are sent: they are looked up in the feature view',
      ),
  })
  .openapi('ModelMetadata');

export const serverMetadataSchema = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .openapi('ServerMetadata');

export const modelReadySchema = z.object({ name: z.string(), ready: z.boolean() }).openapi('ModelReady');
