import type { Logger } from 'pino';

/** What the gateway logs with. It never gets a key, a header or a body. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error'>;
