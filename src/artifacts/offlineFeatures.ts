/** Features as training sets see them, for single entities at single moments: what the online store is held against. */
import { z } from 'zod';
import type { EntityKey } from '../domain/entityKey.js';
import type { FeatureValue } from '../domain/onlineFeatures.js';
import { identifier, literal, rowsOf, timestampLiteral } from './duckdb.js';
import type { OpenFeatureView } from './openFeatureView.js';
import { joinPointInTime } from './pointInTimeJoin.js';

/** One entity at one moment (ISO 8601). */
export interface EntityMoment {
  key: EntityKey;
  moment: string;
}

const valueSchema = z.union([z.number(), z.string(), z.bigint().transform(Number), z.null()]);
const keyValueSchema = z.union([z.string(), z.bigint().transform(Number)]);

/** Some of the entities that had a feature row before a moment, evenly spread and always the same. */
export async function sampleEntities(
  { connection, entity, rows }: OpenFeatureView,
  { before, count }: { before: string; count: number },
): Promise<EntityKey[]> {
  const keys = Object.keys(entity.keys).map(identifier).join(', ');
  const found = await rowsOf(
    connection,
    `SELECT DISTINCT ${keys} FROM (${rows.entitiesKnownBefore(before)}) ORDER BY hash(${keys}), ${keys} LIMIT ${String(count)}`,
  );
  return found.map((row) =>
    Object.fromEntries(Object.keys(entity.keys).map((key) => [key, keyValueSchema.parse(row[key])])),
  );
}

/** The features of each entity at its moment by a point-in-time join, in the order asked for. */
export async function readOfflineFeatures(
  { connection, view, entity }: OpenFeatureView,
  asked: readonly EntityMoment[],
): Promise<Record<string, FeatureValue>[]> {
  const keys = Object.keys(entity.keys);
  const rows = asked.map(({ key, moment }, i) => {
    const values = keys.map((name) => keyLiteral(key[name]));
    return `(${[String(i), timestampLiteral(moment), ...values].join(', ')})`;
  });
  const columns = ['position', 'moment', ...keys].map(identifier).join(', ');
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE "asked" AS SELECT * FROM (VALUES ${rows.join(', ')}) AS t(${columns})`,
  );
  const features = Object.fromEntries(Object.keys(view.features).map((name) => [name, name]));
  const reference = {
    view: view.name,
    version: 1,
    keys: Object.fromEntries(keys.map((key) => [key, key])),
    features,
  };
  const { query } = await joinPointInTime(connection, { table: '"asked"', eventTime: 'moment' }, [
    { reference, view, entity, relation: 'source' },
  ]);
  const found = await rowsOf(connection, `SELECT * FROM (${query}) ORDER BY "position"`);
  // What the join leaves behind would stand in the way of the next one.
  await connection.run('DROP TABLE "joined 0"');
  return found.map((row) =>
    Object.fromEntries(Object.keys(features).map((name) => [name, valueSchema.parse(row[name])])),
  );
}

function keyLiteral(value: string | number | undefined): string {
  return typeof value === 'string' ? literal(value) : `${String(value)}::BIGINT`;
}
