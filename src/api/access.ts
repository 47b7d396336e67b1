import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { matchedRoutes } from 'hono/route';
import type { Scope } from '../store/apiKeys.js';
import type { Authenticator } from './authenticator.js';
import type { GatewayEnv } from './gatewayEnv.js';

export type Access = Scope | 'public';

/**
 * Invariant 7, deny by default: what each route needs. A route that is missing here answers nobody; the test of that
 * name walks the router and fails on one.
 */
export const routeAccess: Readonly<Record<string, Access>> = {
  'GET /': 'public',
  'GET /docs': 'public',
  'GET /pages/runs': 'public',
  'GET /pages/features': 'public',
  'GET /assets/:file': 'public',
  'GET /openapi.json': 'public',
  'GET /v2/health/live': 'public',
  'GET /v2/health/ready': 'public',
  'GET /v2': 'predict',
  'GET /v2/models/:name': 'predict',
  'GET /v2/models/:name/ready': 'predict',
  'POST /v2/models/:name/infer': 'predict',
  'POST /outcomes': 'predict',
  'POST /features/read': 'predict',
  'GET /features': 'status',
  'GET /features/:view': 'status',
  'GET /models': 'status',
  'GET /models/:name': 'status',
  'GET /models/:name/rollout': 'status',
  'GET /models/:name/serving': 'status',
  'GET /models/:name/aliases': 'status',
  'GET /runs': 'status',
  'GET /runs/:id': 'status',
  'GET /run-comparison': 'status',
  'GET /lineage': 'status',
  'GET /models/:name/data-requirements': 'status',
  'GET /datasets/:id': 'status',
};

/** Lets a request on to its route when the route is public, or the caller's key has the route's scope. */
export function accessControl(authenticator: Authenticator): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const access = accessOf(c);
    if (access !== 'public') {
      const apiKey = await authenticator.authenticate(c.req.header('authorization'));
      if (apiKey === null)
        throw new HTTPException(401, { message: 'A valid API key is needed: "Authorization: Bearer …".' });
      if (access === undefined)
        throw new HTTPException(404, { message: `There is no ${c.req.method} ${c.req.path}.` });
      if (!apiKey.scopes.includes(access)) {
        throw new HTTPException(403, { message: `This API key lacks the scope "${access}".` });
      }
      c.set('apiKey', apiKey);
    }
    await next();
  };
}

/** What the route this request goes to needs; undefined where there is none, or none that was declared. */
function accessOf(c: Context<GatewayEnv>): Access | undefined {
  const route = matchedRoutes(c).findLast(({ method }) => method !== 'ALL');
  return route === undefined ? undefined : routeAccess[`${route.method} ${route.path}`];
}
