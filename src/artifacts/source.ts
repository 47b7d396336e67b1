/** A definition's SQL, bound to the rows of its source. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import type { TimeWindow } from '../domain/dataset.js';
import { messageOf, TemperedError } from '../domain/errors.js';
import type { ModelDefinition } from '../domain/modelDefinition.js';
import { checkColumnExpression } from './columnExpression.js';
import { identifier, rowsOf } from './duckdb.js';
import { sourceRow } from './sources/localSource.js';

export type DatasetSpec = ModelDefinition['dataset'];

/**
 * The query for every declared column of every source row; event time as TIMESTAMP (in UTC). It has passed the
 * parser and the binder, so each expression is exactly one expression over columns that exist.
 *
 * @throws TemperedError `InvalidInput`, naming the column at fault
 */
export async function declaredColumnsQuery(
  connection: DuckDBConnection,
  source: string,
  dataset: DatasetSpec,
): Promise<string> {
  const selected: string[] = [];
  for (const [name, expression] of Object.entries(dataset.columns)) {
    await checkColumnExpression(connection, name, expression);
    const column = `(${expression}\n)${name === dataset.eventTime ? '::TIMESTAMP' : ''} AS ${identifier(name)}`;
    await checkBinds(connection, source, name, column);
    selected.push(column);
  }
  return `SELECT ${selected.join(', ')}, ${sourceRow} FROM source`;
}

async function checkBinds(
  connection: DuckDBConnection,
  source: string,
  name: string,
  column: string,
): Promise<void> {
  try {
    const statement = await connection.prepare(`SELECT ${column} FROM source`);
    statement.destroySync();
  } catch (cause) {
    const has = (await sourceColumns(connection)).join(', ');
    const missing = /Referenced column "([^"]*)" not found/.exec(messageOf(cause))?.[1];
    const problem =
      missing === undefined
        ? `cannot be computed: ${firstLine(messageOf(cause))}`
        : `names the column "${missing}", which source "${source}" does not have`;
    throw new TemperedError('InvalidInput', `dataset.columns.${name} ${problem}. The source has: ${has}.`, {
      cause,
    });
  }
}

async function sourceColumns(connection: DuckDBConnection): Promise<string[]> {
  const rows = await rowsOf(connection, `DESCRIBE SELECT * EXCLUDE (${sourceRow}) FROM source`);
  return rows.map((row) => String(row.column_name));
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

/** Event times of the rows: from the first, to just (one millisecond) after the last. Null where there are no rows. */
export async function eventTimeRange(
  connection: DuckDBConnection,
  relation: string,
  eventTime: string,
): Promise<{ rows: number; range: TimeWindow | null }> {
  const time = identifier(eventTime);
  const [row] = await rowsOf(
    connection,
    `SELECT count(${time}) AS n, epoch_ms(min(${time})) AS first, epoch_ms(max(${time})) AS last FROM ${relation}`,
  );
  const { n, first, last } = rangeRowSchema.parse(row);
  if (first === null || last === null) return { rows: n, range: null };
  return {
    rows: n,
    range: { from: new Date(first).toISOString(), to: new Date(last + 1).toISOString() },
  };
}

const countSchema = z.bigint().transform(Number);
const rangeRowSchema = z.object({
  n: countSchema,
  first: countSchema.nullable(),
  last: countSchema.nullable(),
});
