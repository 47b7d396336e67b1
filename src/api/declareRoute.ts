import { type RouteConfig, z } from '@hono/zod-openapi';
import type { Handler } from 'hono';
import { routeAccess } from './access.js';
import type { GatewayApp, GatewayEnv } from './gatewayEnv.js';

/** A route as OpenAPI describes it; its parameters, bodies and answers are schemas. */
export type RouteDeclaration = Omit<RouteConfig, 'security'> & { method: 'get' | 'post' };

const errorSchema = z.object({ error: z.string() }).openapi('Error');
const errorDescriptions = {
  401: 'no valid API key',
  403: 'the key lacks the scope',
  503: 'cannot be answered now; Retry-After says when to try again',
};

/** A JSON body for a route's declaration. */
export function json(schema: z.ZodType, description = 'OK') {
  return { description, content: { 'application/json': { schema } } };
}

/** An error a route answers, for its declaration. */
export function errorJson(description: string) {
  return json(errorSchema, description);
}

/**
 * Adds a route with its description. Bodies are checked by the handler, not by a validator in front of it: those look
 * at Content-Type first, and the Open Inference Protocol's clients do not agree on one.
 */
export function declareRoute(app: GatewayApp, route: RouteDeclaration, handler: Handler<GatewayEnv>): void {
  const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
  const access = routeAccess[`${route.method.toUpperCase()} ${path}`];
  if (access === undefined) throw new Error(`${route.method} ${path} is missing in api/access.ts`);
  const guarded = access !== 'public';
  app.openAPIRegistry.registerPath({
    ...route,
    description: guarded
      ? `Needs the scope \`${access}\`. ${route.description ?? ''}`.trim()
      : route.description,
    security: guarded ? [{ apiKey: [access] }] : [],
    responses: { ...route.responses, ...(guarded ? guardedErrors() : {}) },
  });
  app.on(route.method, path, handler);
}

function guardedErrors() {
  return Object.fromEntries(
    Object.entries(errorDescriptions).map(([status, description]) => [status, errorJson(description)]),
  );
}
