/**
 * What a definition's column may say.
 *
 * Invariants: it computes each row from that row alone, so that no later row leaks into an earlier one (invariant 4,
 * as far as SQL can leak), and it gives the same value whenever it is run (invariant 10).
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import { TemperedError } from '../domain/errors.js';
import { literal, rowsOf } from './duckdb.js';

const parsedSchema = z.union([
  z.object({ error: z.literal(true), error_message: z.string() }),
  z.object({
    error: z.literal(false),
    statements: z.array(
      z.object({
        node: z.object({
          type: z.string(),
          select_list: z.array(z.unknown()).optional(),
          from_table: z.object({ type: z.string() }).optional(),
        }),
      }),
    ),
  }),
]);

/** Parts of DuckDB's syntax tree that matter here; the others are passed through. */
const nodeSchema = z.looseObject({
  class: z.string().optional(),
  function_name: z.string().optional(),
  column_names: z.array(z.string()).optional(),
});

/** SQL's own names for the present moment, which the parser takes for columns. */
const momentNames = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
]);

/**
 * Checks that a column is one SQL expression over its own row, and always gives the same value.
 *
 * @throws TemperedError `InvalidInput`, naming the column and what is wrong with it
 */
export async function checkColumnExpression(
  connection: DuckDBConnection,
  name: string,
  expression: string,
): Promise<void> {
  const parsed = await parseExpression(connection, name, expression);
  const unusable = await unusableFunctions(connection);
  for (const node of nodesOf(parsed)) {
    const problem = problemOf(node, unusable);
    if (problem === null) continue;
    throw new TemperedError('InvalidInput', `dataset.columns.${name} ${problem}. It reads: ${expression}`);
  }
}

async function parseExpression(
  connection: DuckDBConnection,
  name: string,
  expression: string,
): Promise<unknown> {
  const [row] = await rowsOf(
    connection,
    `SELECT json_serialize_sql(${literal(`SELECT (${expression}\n)`)})::VARCHAR AS parsed`,
  );
  const parsed = parsedSchema.parse(JSON.parse(String(row?.parsed)));
  if (parsed.error) {
    throw new TemperedError(
      'InvalidInput',
      `dataset.columns.${name} is not an SQL expression: ${parsed.error_message}. It reads: ${expression}`,
    );
  }
  const nodes = parsed.statements.map((statement) => statement.node);
  const [only] = nodes;
  if (nodes.length === 1 && only?.select_list?.length === 1 && only.from_table?.type === 'EMPTY') {
    return only.select_list;
  }
  throw new TemperedError(
    'InvalidInput',
    `dataset.columns.${name} must be one SQL expression over the source's columns. It reads: ${expression}`,
  );
}

/** Function name → why a column cannot use it. */
async function unusableFunctions(connection: DuckDBConnection): Promise<Map<string, string>> {
  const rows = await rowsOf(
    connection,
    `SELECT function_name AS name, bool_or(function_type = 'aggregate') AS aggregate FROM duckdb_functions()
      WHERE function_type = 'aggregate' OR stability <> 'CONSISTENT' GROUP BY function_name`,
  );
  return new Map(
    rows.map((row) => [
      String(row.name),
      row.aggregate === true ? 'looks at other rows' : 'does not always give the same value',
    ]),
  );
}

function problemOf(node: z.output<typeof nodeSchema>, unusable: ReadonlyMap<string, string>): string | null {
  if (node.class === 'SUBQUERY') return 'has a subquery, so it looks at other rows';
  if (node.class === 'WINDOW') return 'has a window function, so it looks at other rows';
  if (node.class === 'FUNCTION' && node.function_name !== undefined) {
    const why = unusable.get(node.function_name);
    if (why !== undefined) return `calls ${node.function_name}(), which ${why}`;
  }
  const [column] = node.column_names ?? [];
  if (column !== undefined && momentNames.has(column.toLowerCase())) {
    return `names ${column}, which does not always give the same value`;
  }
  return null;
}

function* nodesOf(tree: unknown): Generator<z.output<typeof nodeSchema>> {
  if (typeof tree !== 'object' || tree === null) return;
  if (!Array.isArray(tree)) yield nodeSchema.parse(tree);
  for (const child of Object.values(tree)) yield* nodesOf(child);
}
