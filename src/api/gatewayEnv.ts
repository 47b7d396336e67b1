import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiKey } from '../store/apiKeys.js';

/** What the middlewares put into each request's context. */
export interface GatewayEnv {
  Variables: {
    requestId: string;
    /** `performance.now()` when the request came in. */
    startedAt: number;
    /** The caller; absent on public routes. */
    apiKey: ApiKey;
  };
}

export type GatewayApp = OpenAPIHono<GatewayEnv>;
