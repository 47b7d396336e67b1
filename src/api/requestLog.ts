import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { GatewayEnv } from './gatewayEnv.js';
import type { Log } from './log.js';

/** Gives each request its id, and logs one line when it was answered: never bodies, headers or query strings. */
export function requestLog(log: Log): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const requestId = randomUUID();
    const startedAt = performance.now();
    c.set('requestId', requestId);
    c.set('startedAt', startedAt);
    await next();
    const { method, path } = c.req;
    const ms = Math.round((performance.now() - startedAt) * 100) / 100;
    log.info({ requestId, method, path, status: c.res.status, ms }, 'request');
  };
}
