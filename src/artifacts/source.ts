/** A definition's SQL, bound to the rows of its source. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import type { TimeWindow } from '../domain/dataset.js';
import type { ModelDefinition } from '../domain/modelDefinition.js';
import { bindExpression } from './bindExpression.js';
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
    const where = `dataset.columns.${name}`;
    await checkColumnExpression(connection, where, expression);
    const column = name === dataset.eventTime ? `(${expression}\n)::TIMESTAMP` : expression;
    const relationName = `source "${source}"`;
    await bindExpression(connection, { where, expression: column, relation: 'source', relationName });
    selected.push(`(${column}\n) AS ${identifier(name)}`);
  }
  return `SELECT ${selected.join(', ')}, ${sourceRow} FROM source`;
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
