import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { TemperedError, type TemperedErrorCode, messageOf } from '../domain/errors.js';
import { isDatabaseAway } from '../store/connectionErrors.js';
import type { GatewayEnv } from './gatewayEnv.js';
import type { Log } from './log.js';

const statuses = {
  InvalidInput: 400,
  NotFound: 404,
  Forbidden: 403,
  Conflict: 409,
  UnusableData: 422,
  CorruptArtifact: 500,
  UnusableModel: 500,
  Unavailable: 503,
} as const satisfies Record<TemperedErrorCode, ContentfulStatusCode>;

/** The status an error is answered with; 4xx is the caller's fault, 5xx ours. */
export function statusOf(error: unknown): ContentfulStatusCode {
  if (error instanceof TemperedError) return statuses[error.code];
  if (error instanceof HTTPException) return error.status;
  return isDatabaseAway(error) ? 503 : 500;
}

/** What the caller is told. Errors we did not throw on purpose may hold anything, so they are only logged. */
export function publicMessage(error: unknown): string {
  if (error instanceof TemperedError || error instanceof HTTPException) return error.message;
  return isDatabaseAway(error)
    ? 'PostgreSQL is away. Try again.'
    : 'The gateway failed on this request; its log says why, under the request id.';
}

/** Answers `{"error": …}`; a 503 says when to try again, a 401 how to authenticate. */
export function answerError(log: Log) {
  return (error: unknown, c: Context<GatewayEnv>): Response => {
    const status = statusOf(error);
    if (status >= 500) log.error({ requestId: c.get('requestId'), status, err: error }, messageOf(error));
    if (status === 503) c.header('retry-after', '1');
    // The rest of the body is not read, so the connection cannot carry another request.
    if (status === 413) c.header('connection', 'close');
    if (status === 401) c.header('www-authenticate', 'Bearer');
    return c.json({ error: publicMessage(error) }, status);
  };
}
