import { z } from '@hono/zod-openapi';
import { parse } from '../../domain/parse.js';
import type { Database } from '../../store/database.js';
import { recordOutcomes } from '../../store/outcomes.js';
import { declareRoute, errorJson, json } from '../declareRoute.js';
import { eventTimeSchema } from '../eventTime.js';
import type { GatewayApp } from '../gatewayEnv.js';
import { readJson } from '../requestBody.js';

const maxOutcomesPerRequest = 1000;

const requestSchema = z
  .object({
    outcomes: z
      .array(
        z.object({
          prediction_id: z.uuid().toLowerCase(),
          label: z.union([z.literal(0), z.literal(1), z.boolean()]).describe('what really happened'),
          observed_at: eventTimeSchema.optional().describe('when that was known; by default now'),
        }),
      )
      .min(1)
      .max(maxOutcomesPerRequest),
  })
  .openapi('OutcomesRequest');

const responseSchema = z
  .object({
    recorded: z.int(),
    repeated: z.int().describe('known before, with the same label'),
    unknown: z.array(z.uuid()).describe('ids of no answered prediction'),
    conflicts: z.array(z.uuid()).describe('known before with another label, which stays'),
  })
  .openapi('OutcomesResponse');

/** The ground truth that arrives after a prediction. */
export function addOutcomeRoutes(
  app: GatewayApp,
  { db, maxBodyBytes }: { db: Database; maxBodyBytes: number },
): void {
  declareRoute(
    app,
    {
      method: 'post',
      path: '/outcomes',
      tags: ['outcomes'],
      summary: 'Say what really happened',
      description: 'May be sent again: each prediction keeps the outcome it got first.',
      request: { body: json(requestSchema, 'outcomes of predictions') },
      responses: {
        200: json(responseSchema),
        400: errorJson('a wrong request; the error names the field'),
        413: errorJson('the body is too large'),
      },
    },
    async (c) => {
      const { outcomes } = parse(requestSchema, await readJson(c.req, maxBodyBytes), 'The request');
      const now = new Date();
      const result = await recordOutcomes(
        db,
        outcomes.map((outcome) => ({
          predictionId: outcome.prediction_id,
          label: outcome.label === true || outcome.label === 1 ? 1 : 0,
          observedAt: outcome.observed_at ?? now,
        })),
        c.get('apiKey').id,
      );
      return c.json(result satisfies z.output<typeof responseSchema>);
    },
  );
}
