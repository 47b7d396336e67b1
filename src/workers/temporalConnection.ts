import type { Config } from '../config.js';

/** How to reach the Temporal frontend, for clients and workers alike. A key means Temporal Cloud, which needs TLS. */
export function temporalConnectionOptions(config: Pick<Config, 'TEMPORAL_ADDRESS' | 'TEMPORAL_API_KEY'>): {
  address: string;
  apiKey?: string;
  tls?: true;
} {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY: apiKey } = config;
  return apiKey === undefined ? { address } : { address, apiKey, tls: true };
}
