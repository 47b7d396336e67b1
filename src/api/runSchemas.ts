import { z } from '@hono/zod-openapi';
import type { ComparedRow } from '../domain/compareRuns.js';
import type { RunComparison } from '../store/runComparison.js';
import type { RunDetails } from '../store/runDetails.js';
import type { RunPage } from '../store/runSearch.js';
import type { RunSummary } from '../store/runSummary.js';

const time = z.iso.datetime();

const runSummarySchema = z
  .object({
    id: z.uuid(),
    model: z.string(),
    trainer: z.string(),
    status: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
    params: z.record(z.string(), z.unknown()),
    tags: z.record(z.string(), z.string()),
    metrics: z
      .record(z.string(), z.number())
      .describe('each metric at its last step; also while the run is under way'),
    version: z.int().nullable().describe('the model version it made'),
    startedAt: time,
    endedAt: time.nullable(),
    durationSeconds: z.number().nullable(),
    cpuSeconds: z.number().nullable(),
    gpuSeconds: z.number().nullable().describe('how long a GPU was held; null where none was'),
    deletedAt: time.nullable(),
  })
  .openapi('RunSummary');

export const runListSchema = z
  .object({
    runs: z.array(runSummarySchema),
    nextCursor: z.string().nullable().describe('the cursor of the next page; null on the last one'),
  })
  .openapi('RunList');

const curveSchema = z.object({
  name: z.string(),
  points: z
    .array(z.object({ step: z.int(), value: z.number() }))
    .describe('at most about 1000, evenly chosen'),
});

export const runSchema = runSummarySchema
  .extend({
    definitionDigest: z.string(),
    trainingDatasetId: z.string(),
    seed: z.number(),
    permutedLabels: z.boolean(),
    workflowId: z.string(),
    error: z.string().nullable(),
    environment: z
      .unknown()
      .openapi({ type: 'object' })
      .describe('where it was computed, and with which packages'),
    parity: z.unknown().openapi({ type: 'object' }).describe('how far the ONNX graph is from the trainer'),
    curves: z.array(curveSchema),
    artifacts: z.array(
      z.object({ name: z.string(), sha256: z.string(), bytes: z.number(), kind: z.string() }),
    ),
  })
  .openapi('Run');

export const runComparisonSchema = z
  .object({
    runs: z.array(runSchema),
    rows: z.array(
      z.object({
        group: z.enum(['facts', 'params', 'metrics', 'tags']),
        name: z.string(),
        values: z
          .array(z.union([z.string(), z.number()]).nullable())
          .describe('one for each run, in their order'),
        differs: z.boolean(),
      }),
    ),
  })
  .openapi('RunComparison');

export function runListAnswer({ runs, nextCursor }: RunPage): z.output<typeof runListSchema> {
  return { runs: runs.map(runSummaryAnswer), nextCursor };
}

export function runAnswer(run: RunDetails): z.output<typeof runSchema> {
  const { definitionDigest, trainingDatasetId, seed, permutedLabels, workflowId, error } = run;
  const { environment, parity, curves, artifacts } = run;
  return {
    ...runSummaryAnswer(run),
    ...{ definitionDigest, trainingDatasetId, seed, permutedLabels, workflowId, error },
    ...{ environment, parity, curves, artifacts },
  };
}

export function runComparisonAnswer(comparison: RunComparison): z.output<typeof runComparisonSchema> {
  const rows: ComparedRow[] = comparison.rows;
  return { runs: comparison.runs.map(runAnswer), rows };
}

function runSummaryAnswer(run: RunSummary): z.output<typeof runSummarySchema> {
  const { id, model, trainer, status, params, tags, metrics, version, cpuSeconds, gpuSeconds } = run;
  const { startedAt, endedAt, deletedAt } = run;
  return {
    ...{ id, model, trainer, status, params, tags, metrics, version, cpuSeconds, gpuSeconds },
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    durationSeconds: endedAt === null ? null : (endedAt.getTime() - startedAt.getTime()) / 1000,
    deletedAt: deletedAt?.toISOString() ?? null,
  };
}
