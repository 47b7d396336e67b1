/**
 * DuckDB, shut in: SQL that came with a model definition runs here.
 *
 * Invariant: it can open the files and the folder it was given and nothing else (no other file, no network, no
 * extension), and cannot change that. One thread, so that the same query writes the same bytes on any machine.
 */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { TemperedError } from '../domain/errors.js';

export interface SandboxAccess {
  /** Files that may be read. */
  files: string[];
  /** A folder that may be read and written; also takes what does not fit in memory. */
  directory?: string;
}

export interface Sandbox {
  connection: DuckDBConnection;
  close(): void;
}

/** A fresh in-memory database with this access. The caller closes it. */
export async function openSandbox(access: SandboxAccess): Promise<Sandbox> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const close = () => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await lockDown(connection, access);
    return { connection, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Runs `use` in a fresh sandbox, and closes it afterwards. */
export async function withSandbox<T>(
  access: SandboxAccess,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const sandbox = await openSandbox(access);
  try {
    return await use(sandbox.connection);
  } finally {
    sandbox.close();
  }
}

async function lockDown(connection: DuckDBConnection, access: SandboxAccess): Promise<void> {
  const statements = [
    `SET TimeZone = 'UTC'`,
    `SET memory_limit = '768MiB'`,
    `SET autoinstall_known_extensions = false`,
    `SET autoload_known_extensions = false`,
    `SET allowed_paths = [${access.files.map(literal).join(', ')}]`,
  ];
  if (access.directory !== undefined) {
    statements.push(
      `SET allowed_directories = [${literal(`${access.directory}/`)}]`,
      `SET temp_directory = ${literal(`${access.directory}/spill`)}`,
    );
  } else {
    statements.push(`SET temp_directory = ''`);
  }
  statements.push('SET enable_external_access = false', 'SET lock_configuration = true');
  for (const statement of statements) await connection.run(statement);
}

/** A string as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * An ISO 8601 moment as an SQL literal in UTC.
 *
 * @throws TemperedError `InvalidInput` for what is none
 */
export function timestampLiteral(moment: string): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) {
    throw new TemperedError('InvalidInput', `"${moment}" is not an ISO 8601 time.`);
  }
  return `TIMESTAMP ${literal(date.toISOString().replace('T', ' ').replace('Z', ''))}`;
}

/** A name as a quoted SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The rows of a query, as plain objects. For small answers only. */
export async function rowsOf(connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  const result = await connection.runAndReadAll(sql);
  return result.getRowObjects();
}

/**
 * The gist of an error of DuckDB. It may quote the row at fault, which may be about a person; its line number is enough
 * to find it.
 */
export function withoutRow(message: string): string {
  return message
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('Original Line'))
    .slice(0, 2)
    .join(' ');
}
