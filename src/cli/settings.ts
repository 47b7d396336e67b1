/** Where a command finds PostgreSQL and Temporal: in the environment, else in the local stack of --data-dir. */
import { Client, Connection } from '@temporalio/client';
import { join, resolve } from 'node:path';
import { readConfig, type Config } from '../config.js';
import { messageOf, TemperedError } from '../domain/errors.js';
import { openDatabase, type Database } from '../store/database.js';
import { readStackState } from '../workers/local/stackState.js';
import { temporalConnectionOptions } from '../workers/temporalConnection.js';

export interface DataDirectoryOption {
  dataDir: string;
}

/**
 * @throws TemperedError `InvalidInput`, naming each wrong or missing variable
 */
export async function readSettings({ dataDir }: DataDirectoryOption): Promise<Config> {
  const stack = await readStackState(resolve(dataDir));
  if (stack === null && (process.env['DATABASE_URL'] ?? '') === '') {
    throw new TemperedError(
      'InvalidInput',
      `There is no local stack in ${resolve(dataDir)}, and DATABASE_URL is not set. Start one with "tempered dev", name ` +
        'its folder with --data-dir, or set DATABASE_URL and TEMPORAL_ADDRESS.',
    );
  }
  const local =
    stack === null
      ? {}
      : {
          DATABASE_URL: stack.databaseUrl,
          TEMPORAL_ADDRESS: stack.temporalAddress,
          TEMPORAL_NAMESPACE: stack.temporalNamespace,
        };
  const artifacts = { TEMPERED_ARTIFACTS: join(resolve(dataDir), 'artifacts') };
  const given = Object.entries(process.env).filter(([, value]) => value !== '');
  return readConfig({ ...local, ...artifacts, ...Object.fromEntries(given) });
}

/**
 * Does the work with an open database.
 *
 * @throws TemperedError `Unavailable` where PostgreSQL does not answer
 */
export async function withDatabase<T>(
  option: DataDirectoryOption,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  const url = new URL((await readSettings(option)).DATABASE_URL);
  const db = openDatabase(url.href, { maxConnections: 2 });
  try {
    await db.raw('select 1').catch((error: unknown) => {
      throw new TemperedError(
        'Unavailable',
        `PostgreSQL at ${url.host} does not answer (${messageOf(error)}). Is it running? "tempered dev" starts a local one.`,
        { cause: error },
      );
    });
    return await work(db);
  } finally {
    await db.destroy();
  }
}

/**
 * Does the work with a Temporal client.
 *
 * @throws TemperedError `Unavailable` where Temporal does not answer
 */
export async function withTemporal<T>(
  option: DataDirectoryOption,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const config = await readSettings(option);
  const connection = await connectTemporal(config);
  try {
    return await work(new Client({ connection, namespace: config.TEMPORAL_NAMESPACE }));
  } finally {
    await connection.close();
  }
}

function connectTemporal(config: Config): Promise<Connection> {
  return Connection.connect(temporalConnectionOptions(config)).catch((error: unknown) => {
    throw new TemperedError(
      'Unavailable',
      `Temporal at ${config.TEMPORAL_ADDRESS} does not answer (${messageOf(error)}). Is it running? "tempered dev" ` +
        'starts a local one.',
      { cause: error },
    );
  });
}
