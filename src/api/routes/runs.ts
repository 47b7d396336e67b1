import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { modelNameSchema } from '../../domain/identifiers.js';
import { parse } from '../../domain/parse.js';
import { isStorable } from '../../domain/storableText.js';
import { parseRunFilter, parseRunSort } from '../../domain/runFilter.js';
import type { Database } from '../../store/database.js';
import { maxComparedRuns, readRunComparison } from '../../store/runComparison.js';
import { readRunDetails } from '../../store/runDetails.js';
import { resolveRunId } from '../../store/runIds.js';
import { maxRunsPerPage, searchRuns } from '../../store/runSearch.js';
import { declareRoute, errorJson, json } from '../declareRoute.js';
import type { GatewayApp, GatewayEnv } from '../gatewayEnv.js';
import {
  runAnswer,
  runComparisonAnswer,
  runComparisonSchema,
  runListAnswer,
  runListSchema,
  runSchema,
} from '../runSchemas.js';

const tags = ['runs'];
const wrongQuery = errorJson('a wrong question; the error points at what is wrong with it');
const notFound = errorJson('no such run');

const searchSchema = z.object({
  model: modelNameSchema.optional(),
  status: z.enum(['running', 'succeeded', 'failed', 'cancelled']).optional(),
  tag: z
    .array(
      z
        .string()
        .regex(/^[^=]+=/, 'must be name=value')
        .refine(isStorable, 'holds what no tag can'),
    )
    .describe('name=value; runs have all of them'),
  where: z
    .string()
    .optional()
    .openapi({ example: 'metrics.loss < 0.4 and params.epochs = 4' })
    .describe('see docs/guides/registry-and-lineage.md'),
  sort: z
    .string()
    .optional()
    .openapi({ example: 'metrics.loss' })
    .describe('a field; "-" before it for descending'),
  limit: z.coerce.number().int().min(1).max(maxRunsPerPage).optional(),
  cursor: z.string().optional().describe('the nextCursor of the page before, with the same question'),
  deleted: z.enum(['true', 'false']).optional().describe('shows deleted runs, too'),
});

const comparedSchema = z.object({
  run: z.array(z.string()).min(1).max(maxComparedRuns).describe('ids, or their first eight characters'),
});

/** Training runs, read-only. */
export function addRunRoutes(app: GatewayApp, { db }: { db: Database }): void {
  declareRoute(
    app,
    {
      method: 'get',
      path: '/runs',
      tags,
      summary: 'Search runs',
      request: { query: searchSchema },
      responses: { 200: json(runListSchema), 400: wrongQuery },
    },
    async (c) => c.json(runListAnswer(await searchRuns(db, searchOf(c)))),
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/runs/{id}',
      tags,
      summary: 'A run with its curves and artifacts',
      request: { params: z.object({ id: z.string().describe('id, or its first eight characters') }) },
      responses: { 200: json(runSchema), 400: wrongQuery, 404: notFound },
    },
    async (c) => c.json(runAnswer(await readRunDetails(db, await resolveRunId(db, c.req.param('id') ?? '')))),
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/run-comparison',
      tags,
      summary: 'Runs side by side',
      request: { query: comparedSchema },
      responses: { 200: json(runComparisonSchema), 400: wrongQuery, 404: notFound },
    },
    async (c) => {
      const { run } = parse(comparedSchema, { run: c.req.queries('run') ?? [] }, 'The question');
      const ids = await Promise.all(run.map((text) => resolveRunId(db, text)));
      return c.json(runComparisonAnswer(await readRunComparison(db, ids)));
    },
  );
}

function searchOf(c: Context<GatewayEnv>) {
  const question = { ...c.req.query(), tag: c.req.queries('tag') ?? [] };
  const { where, sort, tag, deleted, ...rest } = parse(searchSchema, question, 'The question');
  return {
    ...rest,
    tags: Object.fromEntries(
      tag.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
    ),
    deleted: deleted === 'true',
    ...(where === undefined ? {} : { where: parseRunFilter(where) }),
    ...(sort === undefined ? {} : { sort: parseRunSort(sort) }),
  };
}
