import knex from 'knex';
import pg from 'pg';

/** SQLSTATE classes that say the server is away, shutting down or out of resources, rather than that we erred. */
const awaySqlStates = /^(08|53|57P|25006|55P03)/;
const awaySystemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Whether an error of knex or pg means that PostgreSQL is away for a while, so that trying again may help. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof knex.KnexTimeoutError) return true;
  if (error instanceof pg.DatabaseError) return awaySqlStates.test(error.code ?? '');
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    awaySystemCodes.has(code) ||
    /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message)
  );
}
