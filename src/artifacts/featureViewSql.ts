/** A feature view's SQL, bound to the rows of its source and cast to the types that it declares. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { TemperedError } from '../domain/errors.js';
import type { Entity, FeatureView, ViewFeature } from '../domain/featureView.js';
import { bindExpression } from './bindExpression.js';
import { checkAggregateExpression, checkColumnExpression } from './columnExpression.js';
import { integerType, numberType, stringType, timeType, wideIntegerType } from './columnTypes.js';
import { identifier } from './duckdb.js';
import { sourceRow } from './sources/localSource.js';

/** A view, its entity, and the relation of an open DuckDB that holds the source's rows, with the column `sourceRow`. */
export interface ViewOfSource {
  view: FeatureView;
  entity: Entity;
  relation: string;
}

/** Columns of every feature row beside keys and features. The spaces keep them apart from declared names. */
export const eventTimeColumn = '"event time"';
export const ingestionTimeColumn = '"ingestion time"';

export interface BoundFeatureView {
  /** The entity's keys, quoted. */
  keys: string[];
  /** Every source row that is about an entity at a time, with the view's columns and the two times. */
  rows: string;
  /** The features as select items over these columns; aggregates, where the view aggregates. */
  features: string[];
}

/**
 * Checks each expression of a view against its source.
 *
 * @throws TemperedError `InvalidInput`, naming the view and the column, key or feature at fault
 */
export async function bindFeatureView(
  connection: DuckDBConnection,
  source: ViewOfSource,
): Promise<BoundFeatureView> {
  const types = await bindColumns(connection, source);
  const rows = rowsQuery(source, types);
  const keys = Object.keys(source.entity.keys).map(identifier);
  return { keys, rows, features: await bindFeatures(connection, source, rows) };
}

/** The type of each column. */
async function bindColumns(
  connection: DuckDBConnection,
  { view, relation }: ViewOfSource,
): Promise<Map<string, string>> {
  const types = new Map<string, string>();
  for (const [name, expression] of Object.entries(view.columns)) {
    const where = `Feature view "${view.name}": columns.${name}`;
    await checkColumnExpression(connection, where, expression);
    const relationName = `source "${view.source}"`;
    types.set(name, await bindExpression(connection, { where, expression, relation, relationName }));
  }
  return types;
}

function rowsQuery({ view, entity, relation }: ViewOfSource, types: ReadonlyMap<string, string>): string {
  const typeOf = (name: string) => types.get(name) ?? 'not declared';
  const sqlOf = (name: string) => `(${view.columns[name] ?? 'NULL'}\n)`;
  const keyTypes = { string: ['VARCHAR', stringType], integer: ['BIGINT', integerType] } as const;

  const columns = new Map(Object.keys(view.columns).map((name) => [name, sqlOf(name)]));
  for (const [key, wanted] of Object.entries(entity.keys)) {
    const [castTo, accepts] = keyTypes[wanted];
    if (!accepts.test(typeOf(key))) {
      throw wrong(view, `the key "${key}" is ${typeOf(key)}, but the entity "${entity.name}" says ${wanted}`);
    }
    columns.set(key, `${sqlOf(key)}::${castTo}`);
  }
  for (const time of [view.eventTime, view.ingestionTime]) {
    if (!timeType.test(typeOf(time))) throw wrong(view, `the time "${time}" is ${typeOf(time)}`);
  }
  const selected = [
    ...[...columns].map(([name, sql]) => `${sql} AS ${identifier(name)}`),
    `${sqlOf(view.eventTime)}::TIMESTAMP AS ${eventTimeColumn}`,
    `${sqlOf(view.ingestionTime)}::TIMESTAMP AS ${ingestionTimeColumn}`,
    sourceRow,
  ];
  const present = [...Object.keys(entity.keys).map(identifier), eventTimeColumn, ingestionTimeColumn];
  return `SELECT * FROM (SELECT ${selected.join(', ')} FROM ${relation})
    WHERE ${present.map((column) => `${column} IS NOT NULL`).join(' AND ')}`;
}

async function bindFeatures(
  connection: DuckDBConnection,
  { view }: ViewOfSource,
  rows: string,
): Promise<string[]> {
  const features: string[] = [];
  for (const [name, feature] of Object.entries(view.features)) {
    const aggregate = view.aggregation?.features[name];
    const place = aggregate === undefined ? 'columns' : 'aggregation.features';
    const where = `Feature view "${view.name}": ${place}.${name}`;
    if (aggregate !== undefined) await checkAggregateExpression(connection, where, aggregate);
    const expression = aggregate ?? identifier(name);
    const relationName = `feature view "${view.name}"`;
    const type = await bindExpression(connection, {
      where,
      expression,
      relation: `(${rows})`,
      relationName,
    });
    features.push(`${castFeature(view, name, feature, expression, type)} AS ${identifier(name)}`);
  }
  return features;
}

const featureTypes = {
  number: { castTo: 'DOUBLE', accepts: numberType },
  integer: { castTo: 'BIGINT', accepts: wideIntegerType },
  string: { castTo: 'VARCHAR', accepts: stringType },
} as const;

function castFeature(
  view: FeatureView,
  name: string,
  feature: ViewFeature,
  expression: string,
  type: string,
): string {
  const { castTo, accepts } = featureTypes[feature.type];
  if (!accepts.test(type))
    throw wrong(view, `the feature "${name}" is ${type}, but declared ${feature.type}`);
  const cast = `(${expression}\n)::${castTo}`;
  const mayBeInfinite = type === 'DOUBLE' || type === 'FLOAT';
  return mayBeInfinite ? `CASE WHEN isfinite(${cast}) THEN ${cast} END` : cast;
}

function wrong(view: FeatureView, what: string): TemperedError {
  return new TemperedError(
    'InvalidInput',
    `Feature view "${view.name}": ${what}. Cast it where the view computes it, or declare it otherwise.`,
  );
}
