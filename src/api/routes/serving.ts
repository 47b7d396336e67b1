import { z } from '@hono/zod-openapi';
import { derivedAliases, derivedVersion } from '../../domain/alias.js';
import { parse } from '../../domain/parse.js';
import { listAliases } from '../../store/aliases.js';
import type { Database } from '../../store/database.js';
import { readDeployment } from '../../store/deployments.js';
import { readModel } from '../../store/models.js';
import { requireServingAt, type Serving } from '../../store/serving.js';
import { declareRoute, errorJson, json } from '../declareRoute.js';
import { eventTimeSchema } from '../eventTime.js';
import type { GatewayApp } from '../gatewayEnv.js';

const tags = ['models'];
const params = z.object({ name: z.string().openapi({ example: 'flight-delay' }) });
const momentSchema = z.object({ at: eventTimeSchema.optional().describe('by default now') });
const servingVersion = { version: z.int().positive(), runId: z.uuid(), artifactSha256: z.string() };

const servingSchema = z
  .object({
    model: z.string(),
    epoch: z.int(),
    from: z.iso.datetime().describe('when this epoch was decided'),
    until: z.iso.datetime().nullable().describe('when the next one was; null for the one that holds'),
    champion: z.object(servingVersion),
    challenger: z.object({ ...servingVersion, weight: z.number() }).nullable(),
    rolloutId: z.uuid().nullable(),
    cause: z.enum(['baseline', 'stage', 'promote', 'roll-back']),
    reason: z.string(),
    actor: z.string(),
  })
  .openapi('Serving');

const aliasesSchema = z
  .object({
    aliases: z.array(
      z.object({
        alias: z.string(),
        version: z.int().positive(),
        derived: z.boolean().describe('whether it follows from what is deployed'),
      }),
    ),
  })
  .openapi('Aliases');

/** Which version has which name, and what served when. */
export function addServingRoutes(app: GatewayApp, { db }: { db: Database }): void {
  declareRoute(
    app,
    {
      method: 'get',
      path: '/models/{name}/serving',
      tags,
      summary: 'What served a model at a moment',
      request: { params, query: momentSchema },
      responses: {
        200: json(servingSchema),
        400: errorJson('not a moment'),
        404: errorJson('no such model, or nothing served yet'),
      },
    },
    async (c) => {
      const { at = new Date() } = parse(momentSchema, c.req.query(), 'The question');
      return c.json(servingAnswer(await requireServingAt(db, c.req.param('name') ?? '', at)));
    },
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/models/{name}/aliases',
      tags,
      summary: 'Which versions of a model have names',
      request: { params },
      responses: { 200: json(aliasesSchema), 404: errorJson('no such model') },
    },
    async (c) => c.json(await aliasesAnswer(db, c.req.param('name') ?? '')),
  );
}

function servingAnswer(serving: Serving): z.output<typeof servingSchema> {
  return { ...serving, from: serving.from.toISOString(), until: serving.until?.toISOString() ?? null };
}

async function aliasesAnswer(db: Database, model: string): Promise<z.output<typeof aliasesSchema>> {
  await readModel(db, model);
  const [deployment, moves] = await Promise.all([readDeployment(db, model), listAliases(db, model)]);
  const all = [
    ...derivedAliases.map((alias) => ({ alias, version: derivedVersion(alias, deployment), derived: true })),
    ...moves.map(({ alias, version }) => ({ alias, version, derived: false })),
  ];
  return {
    aliases: all.flatMap(({ alias, version, derived }) =>
      version === null ? [] : [{ alias, version, derived }],
    ),
  };
}
