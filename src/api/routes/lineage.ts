import { z } from '@hono/zod-openapi';
import { lineageKinds } from '../../domain/lineage.js';
import { parse } from '../../domain/parse.js';
import type { Database } from '../../store/database.js';
import { lineageLimits, readLineage } from '../../store/lineage/readLineage.js';
import { resolveLineageReference } from '../../store/lineage/resolve.js';
import { declareRoute, errorJson, json } from '../declareRoute.js';
import type { GatewayApp } from '../gatewayEnv.js';

const questionSchema = z.object({
  of: z
    .string()
    .min(1)
    .openapi({ example: 'flight-delay@champion' })
    .describe(
      'id (or its first eight characters) of a dataset version, run, artifact, prediction, validation or rollout; ' +
        'model@version, model@alias, model#epoch, view@version; "kind/" before it where it may be two things',
    ),
  direction: z.enum(['upstream', 'downstream', 'both']).default('both'),
});

const keySchema = z.object({ kind: z.enum(lineageKinds), id: z.string() });
const factSchema = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable();

const lineageSchema = z
  .object({
    focus: keySchema,
    nodes: z
      .array(keySchema.extend({ at: z.iso.datetime().nullable(), facts: z.record(z.string(), factSchema) }))
      .describe(`at most ${String(lineageLimits.nodes)}; the first is what was asked about`),
    edges: z.array(
      z.object({ from: keySchema, to: keySchema, relation: z.string().describe('what `from` is to `to`') }),
    ),
    incomplete: z
      .array(z.object({ key: keySchema, direction: z.enum(['upstream', 'downstream']) }))
      .describe('things of which not all neighbours are here; ask about them to go on'),
  })
  .openapi('Lineage');

/** What a thing was made from, and what was made from it. */
export function addLineageRoutes(app: GatewayApp, { db }: { db: Database }): void {
  declareRoute(
    app,
    {
      method: 'get',
      path: '/lineage',
      tags: ['lineage'],
      summary: 'Lineage of a thing, both ways',
      description:
        'From source and feature views by dataset version, run, model version, validation, rollout and deployment to ' +
        'predictions. Says of predictions how many there are, and of one nothing that its caller sent.',
      request: { query: questionSchema },
      responses: {
        200: json(lineageSchema),
        400: errorJson('nothing can be called so'),
        404: errorJson('there is no such thing, or more than one'),
      },
    },
    async (c) => {
      const { of, direction } = parse(questionSchema, c.req.query(), 'The question');
      const focus = await resolveLineageReference(db, of);
      const graph = await readLineage(db, focus, direction === 'both' ? undefined : [direction]);
      return c.json(graph satisfies z.output<typeof lineageSchema>);
    },
  );
}
