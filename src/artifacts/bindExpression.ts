import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf, TemperedError } from '../domain/errors.js';
import { rowsOf } from './duckdb.js';

export interface UnboundExpression {
  /** How the definition's author knows it, such as "dataset.columns.hour". */
  where: string;
  expression: string;
  /** The relation whose columns it may name, as SQL, and how the author knows that: 'source "flights"'. */
  relation: string;
  relationName: string;
}

/**
 * Binds an expression that passed the checks of columnExpression.ts to the columns of a relation.
 *
 * @returns DuckDB's name of its type
 * @throws TemperedError `InvalidInput`, naming the expression, what is wrong and which columns there are
 */
export async function bindExpression(
  connection: DuckDBConnection,
  { where, expression, relation, relationName }: UnboundExpression,
): Promise<string> {
  try {
    const [column] = await rowsOf(connection, `DESCRIBE SELECT (${expression}\n) AS bound FROM ${relation}`);
    return String(column?.column_type);
  } catch (cause) {
    const described = await rowsOf(connection, `DESCRIBE SELECT * FROM ${relation}`);
    const has = described.map((row) => String(row.column_name)).filter((name) => !name.includes(' '));
    const missing = /Referenced column "([^"]*)" not found/.exec(messageOf(cause))?.[1];
    const problem =
      missing === undefined
        ? `cannot be computed: ${firstLine(messageOf(cause))}`
        : `names the column "${missing}", which ${relationName} does not have`;
    throw new TemperedError('InvalidInput', `${where} ${problem}. There are: ${has.join(', ')}.`, { cause });
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
