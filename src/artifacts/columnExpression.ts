/**
 * What the SQL of a definition may say.
 *
 * Invariants: a column is computed from its own row alone, so that no later row leaks into an earlier one (invariant
 * 4, as far as SQL can leak); an aggregate does not depend on the order of its rows; and both give the same value
 * whenever they are run (invariant 10).
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import { TemperedError } from '../domain/errors.js';
import { literal, rowsOf } from './duckdb.js';
import { functionsOf, orderlessAggregates, type SqlFunctions } from './sqlFunctions.js';

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

/** Why an expression may not call this function, or null where it may. */
type FunctionRule = (name: string) => string | null;

/**
 * Checks that a column is one SQL expression over its own row, and always gives the same value.
 *
 * @param where - how the definition's author knows the expression, such as "dataset.columns.hour"
 * @throws TemperedError `InvalidInput`, naming the column and what is wrong with it
 */
export async function checkColumnExpression(
  connection: DuckDBConnection,
  where: string,
  expression: string,
): Promise<void> {
  const functions = await functionsOf(connection);
  await checkExpression(connection, where, expression, functions, (name) =>
    functions.aggregates.has(name) ? 'looks at other rows' : null,
  );
}

/**
 * Checks that an expression aggregates rows, whatever their order, and always gives the same value for the same rows.
 *
 * @throws TemperedError `InvalidInput`, naming the expression and what is wrong with it
 */
export async function checkAggregateExpression(
  connection: DuckDBConnection,
  where: string,
  expression: string,
): Promise<void> {
  const functions = await functionsOf(connection);
  let aggregates = 0;
  await checkExpression(connection, where, expression, functions, (name) => {
    if (!functions.aggregates.has(name)) return null;
    aggregates += 1;
    return orderlessAggregates.has(name) ? null : 'depends on the order of the rows';
  });
  if (aggregates > 0) return;
  throw new TemperedError(
    'InvalidInput',
    `${where} calls no aggregate function, such as avg() or count(). It reads: ${expression}`,
  );
}

async function checkExpression(
  connection: DuckDBConnection,
  where: string,
  expression: string,
  functions: SqlFunctions,
  rule: FunctionRule,
): Promise<void> {
  const tree = await parseExpression(connection, where, expression);
  const problem = await findProblem(connection, tree, functions, rule);
  if (problem === null) return;
  throw new TemperedError('InvalidInput', `${where} ${problem}. It reads: ${expression}`);
}

async function parseExpression(
  connection: DuckDBConnection,
  where: string,
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
      `${where} is not an SQL expression: ${parsed.error_message}. It reads: ${expression}`,
    );
  }
  const nodes = parsed.statements.map((statement) => statement.node);
  const [only] = nodes;
  if (nodes.length === 1 && only?.select_list?.length === 1 && only.from_table?.type === 'EMPTY') {
    return only.select_list;
  }
  throw new TemperedError(
    'InvalidInput',
    `${where} must be one SQL expression over the columns it is given. It reads: ${expression}`,
  );
}

/** What is wrong with an expression, macros seen through; null where nothing is. */
async function findProblem(
  connection: DuckDBConnection,
  tree: unknown,
  functions: SqlFunctions,
  rule: FunctionRule,
): Promise<string | null> {
  for (const node of nodesOf(tree)) {
    const problem = problemOf(node, functions, rule);
    if (problem !== null) return problem;
    const name = node.function_name ?? '';
    for (const macro of functions.macros.get(name) ?? []) {
      const expansion = await parseExpression(connection, `the macro ${name}()`, macro);
      const within = await findProblem(connection, expansion, functions, rule);
      if (within !== null) return `calls ${name}(), which ${within}`;
    }
  }
  return null;
}

function problemOf(
  node: z.output<typeof nodeSchema>,
  functions: SqlFunctions,
  rule: FunctionRule,
): string | null {
  if (node.class === 'SUBQUERY') return 'has a subquery, so it looks at other rows';
  if (node.class === 'WINDOW') return 'has a window function, so it looks at other rows';
  if (node.class === 'FUNCTION' && node.function_name !== undefined) {
    const name = node.function_name;
    const why = functions.unstable.has(name) ? 'does not always give the same value' : rule(name);
    if (why !== null) return `calls ${name}(), which ${why}`;
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
