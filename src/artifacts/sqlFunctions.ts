/** What DuckDB says of its own functions, and what it does not say. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import { rowsOf } from './duckdb.js';

export interface SqlFunctions {
  aggregates: ReadonlySet<string>;
  /** Those that do not always give the same value. */
  unstable: ReadonlySet<string>;
  /** Name of a macro → the expressions that it stands for. */
  macros: ReadonlyMap<string, readonly string[]>;
}

/** Aggregates that give the same value in whatever order the rows come (floats: but for their last bits). */
export const orderlessAggregates: ReadonlySet<string> = new Set([
  ...['approx_count_distinct', 'avg', 'bit_and', 'bit_or', 'bit_xor', 'bool_and', 'bool_or', 'corr', 'count'],
  ...['count_if', 'count_star', 'countif', 'covar_pop', 'covar_samp', 'entropy', 'favg', 'fsum', 'kahan_sum'],
  ...[
    'kurtosis',
    'kurtosis_pop',
    'mad',
    'max',
    'mean',
    'median',
    'min',
    'product',
    'quantile',
    'quantile_cont',
  ],
  ...['quantile_disc', 'regr_avgx', 'regr_avgy', 'regr_count', 'regr_intercept', 'regr_r2', 'regr_slope'],
  ...['regr_sxx', 'regr_sxy', 'regr_syy', 'sem', 'skewness', 'stddev', 'stddev_pop', 'stddev_samp', 'sum'],
  ...['sumkahan', 'var_pop', 'var_samp', 'variance'],
]);

const functionRowSchema = z.object({
  name: z.string(),
  type: z.string(),
  stability: z.string().nullable(),
  macro: z.string().nullable(),
});

let known: Promise<SqlFunctions> | undefined;

/** DuckDB's functions. They are those of its build (a sandbox cannot add any), so they are asked for once. */
export function functionsOf(connection: DuckDBConnection): Promise<SqlFunctions> {
  known ??= readFunctions(connection).catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

async function readFunctions(connection: DuckDBConnection): Promise<SqlFunctions> {
  const rows = await rowsOf(
    connection,
    `SELECT DISTINCT function_name AS name, function_type AS type, stability, macro_definition AS macro
       FROM duckdb_functions() WHERE function_type IN ('aggregate', 'macro') OR stability <> 'CONSISTENT'`,
  );
  const aggregates = new Set<string>();
  const unstable = new Set<string>();
  const macros = new Map<string, string[]>();
  for (const { name, type, stability, macro } of z.array(functionRowSchema).parse(rows)) {
    if (type === 'aggregate') aggregates.add(name);
    else if (macro !== null) macros.set(name, [...(macros.get(name) ?? []), macro]);
    else if (stability !== 'CONSISTENT') unstable.add(name);
  }
  return { aggregates, unstable, macros };
}
