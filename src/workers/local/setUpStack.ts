import { Connection } from '@temporalio/client';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { migrateToLatest, openDatabase } from '../../store/database.js';
import { ensureNamespace } from '../setUp.js';
import { temporalConnectionOptions } from '../temporalConnection.js';
import { ensureLocalApiKey } from './localApiKey.js';

/**
 * Brings the schema up to date.
 *
 * @returns the API key of this machine
 */
export async function setUpDatabase(url: string, apiKeyFile: string): Promise<string> {
  const db = openDatabase(url, { maxConnections: 2 });
  try {
    await migrateToLatest(db);
    return await ensureLocalApiKey(db, apiKeyFile);
  } finally {
    await db.destroy();
  }
}

/** @throws TemperedError `Unavailable` where Temporal does not answer or refuses */
export async function setUpTemporal(
  temporal: { TEMPORAL_ADDRESS: string; TEMPORAL_API_KEY: string | undefined },
  namespace: string,
): Promise<void> {
  const connection = await Connection.connect(temporalConnectionOptions(temporal)).catch((error: unknown) => {
    throw new TemperedError(
      'Unavailable',
      `Temporal at ${temporal.TEMPORAL_ADDRESS} does not answer (${messageOf(error)}). Start it, or unset ` +
        'TEMPORAL_ADDRESS to have one started here.',
      { cause: error },
    );
  });
  try {
    await ensureNamespace(connection, namespace);
  } finally {
    await connection.close();
  }
}
