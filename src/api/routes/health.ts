import { z } from '@hono/zod-openapi';
import { declareRoute, json } from '../declareRoute.js';
import type { GatewayApp } from '../gatewayEnv.js';

const liveSchema = z.object({ live: z.boolean() }).openapi('Live');
const readySchema = z.object({ ready: z.boolean() }).openapi('Ready');

/** @param isReady - whether predictions are answered: models loaded, lease held, not shutting down */
export function addHealthRoutes(app: GatewayApp, { isReady }: { isReady: () => boolean }): void {
  declareRoute(
    app,
    {
      method: 'get',
      path: '/v2/health/live',
      tags: ['health'],
      summary: 'Whether the process runs',
      responses: { 200: json(liveSchema) },
    },
    (c) => c.json({ live: true } satisfies z.output<typeof liveSchema>),
  );

  declareRoute(
    app,
    {
      method: 'get',
      path: '/v2/health/ready',
      tags: ['health'],
      summary: 'Whether predictions are answered',
      responses: { 200: json(readySchema), 503: json(readySchema, 'not now') },
    },
    (c) => {
      const ready = isReady();
      return c.json({ ready } satisfies z.output<typeof readySchema>, ready ? 200 : 503);
    },
  );
}
