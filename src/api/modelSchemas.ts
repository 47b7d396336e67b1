import { z } from '@hono/zod-openapi';
import { verdictSchema } from '../domain/validation.js';

/** Status answers are the domain's own objects; their reports, deep inside, are described where they are made. */
const report = z.unknown().openapi({ type: 'object' });
const time = z.iso.datetime();
const version = z.int().positive();

const deploymentSchema = z
  .object({
    model: z.string(),
    epoch: z.int(),
    championVersion: version,
    challengerVersion: version.nullable(),
    challengerWeight: z.number().describe("the challenger's share of traffic, 0 to 1"),
    rolloutId: z.uuid().nullable(),
    cause: z.enum(['baseline', 'stage', 'promote', 'roll-back']),
    reason: z.string(),
    actor: z.string(),
    createdAt: time,
  })
  .openapi('Deployment');

const acknowledgementSchema = z
  .object({
    epoch: z.int(),
    liveReplicas: z.int(),
    acknowledgedReplicas: z.int().describe('gateways that serve this epoch'),
    refusals: z.array(z.object({ replicaId: z.uuid(), reason: z.string() })),
  })
  .openapi('Acknowledgement');

const modelSummarySchema = z
  .object({
    name: z.string(),
    description: z.string(),
    owner: z.string(),
    deployment: deploymentSchema.nullable(),
  })
  .openapi('ModelSummary');

export const modelListSchema = z.object({ models: z.array(modelSummarySchema) }).openapi('ModelList');

const versionSchema = z
  .object({
    version,
    kind: z.enum(['baseline', 'trained']),
    runId: z.uuid(),
    artifactSha256: z.string(),
    createdAt: time,
  })
  .openapi('ModelVersion');

const validationSchema = z
  .object({
    id: z.uuid(),
    version,
    championVersion: version,
    verdict: verdictSchema,
    report: report.describe('each criterion with its bound and number, and the evaluation they rest on'),
    createdAt: time,
  })
  .openapi('Validation');

const windowSchema = z
  .object({
    version,
    status: z.enum(['stable', 'drifted', 'inconclusive']),
    report: report.describe('drift by column, outcomes and loss of one window'),
    createdAt: time,
  })
  .openapi('MonitoringWindow');

export const modelStatusSchema = modelSummarySchema
  .extend({
    acknowledgement: acknowledgementSchema.nullable(),
    versions: z.array(versionSchema).describe('newest first, as are the lists below'),
    validations: z.array(validationSchema),
    windows: z.array(windowSchema),
    newFeatures: z
      .array(
        z.object({
          view: z.string(),
          version,
          keys: z.record(z.string(), z.string()).describe("the entity's key → the dataset's column"),
          announcedAt: time,
        }),
      )
      .describe('feature views that the model could use, as they were announced'),
  })
  .openapi('ModelStatus');

const decisionSchema = z
  .object({
    sequence: z.int(),
    stage: z.int(),
    action: z.enum(['continue', 'hold', 'roll-back']),
    reason: z.string(),
    evidence: report.describe('what was recorded of both arms, and the difference decided on'),
    decidedAt: time,
  })
  .openapi('RolloutDecision');

export const rolloutStatusSchema = z
  .object({
    rollout: z
      .object({
        id: z.uuid(),
        version,
        championVersion: version,
        validationId: z.uuid(),
        status: z.enum(['running', 'promoted', 'rolled-back']),
        reason: z.string().nullable(),
        startedAt: time,
        endedAt: time.nullable(),
        decisions: z.array(decisionSchema).describe('newest first'),
      })
      .nullable()
      .describe('the newest rollout, or null before the first'),
  })
  .openapi('RolloutStatus');
