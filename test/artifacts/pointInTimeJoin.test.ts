import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DuckDBConnection } from '@duckdb/node-api';
import { rowsOf, withSandbox } from '../../src/artifacts/duckdb.js';
import { joinPointInTime, type FeatureJoin } from '../../src/artifacts/pointInTimeJoin.js';
import { featureReferenceSchema } from '../../src/domain/featureReference.js';
import { entitySchema, featureViewSchema, type FeatureViewInput } from '../../src/domain/featureView.js';
import { parse } from '../../src/domain/parse.js';
import { createRandom } from '../../src/statistics/random.js';
import { lookUp, sumsAtTicks, type EntityRow, type FeatureRow, type Found } from './pointInTimeReference.js';

const shopView: FeatureViewInput = {
  name: 'shop-sales',
  description: 'what a shop sold',
  owner: 'tests',
  entity: 'shop',
  source: 'sales',
  columns: { shop: 'shop', happened: 'happened', seen: 'seen', amount: 'amount' },
  eventTime: 'happened',
  ingestionTime: 'seen',
  features: { amount: { type: 'number' } },
  ttlHours: 1,
};

function joinOf(view: FeatureViewInput, relation: string, features: Record<string, string>): FeatureJoin {
  const reference = { view: view.name, version: 1, keys: { shop: 'shop' }, features };
  return {
    view: parse(featureViewSchema, view, 'view'),
    entity: parse(entitySchema, { name: 'shop', description: 'a shop', keys: { shop: 'string' } }, 'entity'),
    reference: parse(featureReferenceSchema, reference, 'reference'),
    relation,
  };
}

const moment = (minute: number) => `TIMESTAMP '2001-01-01' + INTERVAL ${String(minute)} MINUTE`;
const literalOf = (value: string | number | null) =>
  value === null ? 'NULL' : typeof value === 'string' ? `'${value}'` : String(value);

async function createSource(connection: DuckDBConnection, name: string, rows: readonly FeatureRow[]) {
  const values = rows.map(
    ({ key, event, ingestion, value }, i) =>
      `(${literalOf(key)}::VARCHAR, ${moment(event)}, ${moment(ingestion)}, ${literalOf(value)}::DOUBLE, ${String(i)})`,
  );
  await connection.run(
    `CREATE TABLE ${name} AS FROM (VALUES ${values.join(', ')}) AS t(shop, happened, seen, amount, "source row")`,
  );
}

async function createEntities(connection: DuckDBConnection, rows: readonly EntityRow[]) {
  const values = rows.map(({ key, at }) => `(${literalOf(key)}::VARCHAR, ${moment(at)})`);
  await connection.run(`CREATE TABLE entities AS FROM (VALUES ${values.join(', ')}) AS t(shop, happened)`);
}

interface Case {
  entities: EntityRow[];
  /** Source name → its rows. */
  sources: Record<string, FeatureRow[]>;
  joins: FeatureJoin[];
}

async function join({ entities, sources, joins }: Case) {
  return withSandbox({ files: [] }, async (connection) => {
    await createEntities(connection, entities);
    for (const [name, rows] of Object.entries(sources)) await createSource(connection, name, rows);
    const joined = await joinPointInTime(connection, { table: 'entities', eventTime: 'happened' }, joins);
    const rows = await rowsOf(
      connection,
      `SELECT *, epoch_ms(happened) // 60000 AS minute FROM (${joined.query})`,
    );
    const leftBehind = await rowsOf(connection, `SELECT table_name FROM duckdb_tables() WHERE temporary`);
    return { rows, features: joined.features, leftBehind };
  });
}

const valuesOf = (rows: Record<string, unknown>[], column: string) => rows.map((row) => row[column]);

describe('a point-in-time join', () => {
  const sales = (rows: [event: number, ingestion: number, value: number | null][]): FeatureRow[] =>
    rows.map(([event, ingestion, value]) => ({ key: 'a', event, ingestion, value }));
  const amounts = async (rows: FeatureRow[], at: number[], view = shopView) => {
    const entities = at.map((minute) => ({ key: 'a', at: minute }));
    const joined = await join({
      entities,
      sources: { sales: rows },
      joins: [joinOf(view, 'sales', { amount: 'amount' })],
    });
    return { values: valuesOf(joined.rows, 'amount'), counts: joined.features[0]?.amount };
  };

  it('invariant 4: no leak from the future: what arrived late or was filled in later does not count before', async () => {
    const rows = sales([
      [10, 11, 1],
      // Happened at 20, but was not known before 40: until then, the value of minute 10 counts.
      [20, 40, 2],
      // Back-filled at 50, for minute 5: it never counts, since newer events are known by then.
      [5, 50, 3],
      // A correction of minute 20, known at 60.
      [20, 60, 4],
    ]);
    const { values } = await amounts(rows, [11, 12, 21, 40, 41, 51, 60, 61]);
    assert.deepEqual(values, [null, 1, 1, 1, 2, 2, 2, 4]);

    const leaked = await withSandbox({ files: [] }, async (connection) => {
      await createSource(connection, 'sales', rows);
      await createEntities(connection, [{ key: 'a', at: 21 }]);
      return rowsOf(
        connection,
        `SELECT amount > 1 AS leaked FROM entities AS e ASOF JOIN sales AS s ON e.shop = s.shop AND e.happened > s.happened`,
      );
    });
    assert.deepEqual(leaked, [{ leaked: true }], 'a join on event time alone uses what was not known yet');
  });

  it('invariant 4: no leak from the future: what becomes known at the very moment of a row does not count', async () => {
    const { values } = await amounts(sales([[10, 10, 1]]), [9, 10, 11]);
    assert.deepEqual(values, [null, null, 1]);
  });

  it('takes an event that is known before it happens from the moment at which it happens', async () => {
    const { values } = await amounts(
      sales([
        [10, 9, 1],
        [30, 2, 2],
      ]),
      [10, 11, 30, 31],
    );
    assert.deepEqual(values, [null, 1, 1, 2]);
  });

  it('gives the declared default for what is missing or expired, and counts both', async () => {
    const view: FeatureViewInput = { ...shopView, features: { amount: { type: 'number', default: -1.5 } } };
    const rows = sales([
      [10, 10, 1],
      [200, 200, null],
    ]);
    const { values, counts } = await amounts(rows, [5, 11, 70, 71, 201], view);
    assert.deepEqual(values, [-1.5, 1, 1, -1.5, -1.5]);
    assert.deepEqual(counts, { feature: 'amount', missing: 2, expired: 1, defaulted: 3 });
    const without = await amounts(rows, [5, 11, 70, 71, 201]);
    assert.deepEqual(without.values, [null, 1, 1, null, null]);
    assert.deepEqual(without.counts, { feature: 'amount', missing: 2, expired: 1, defaulted: 0 });
  });

  it('tells what is too old from what never was, even where it lies long before every row', async () => {
    const { counts } = await amounts(sales([[10, 10, 1]]), [100_000, 100_001]);
    assert.deepEqual(counts, { feature: 'amount', missing: 0, expired: 2, defaulted: 0 });
  });

  it('keeps every row, once and in its place', async () => {
    const rows = sales([
      [10, 10, 1],
      [10, 10, 2],
      [10, 10, 3],
    ]);
    const { values } = await amounts(rows, [20, 15, 20, 20, 5, 15]);
    assert.deepEqual(values, [3, 3, 3, 3, null, 3]);
  });

  it('lets an aggregate stand until its TTL, when its window has become empty', async () => {
    const hourly: FeatureViewInput = {
      ...shopView,
      aggregation: { everyMinutes: 60, windowMinutes: 60, features: { amount: 'sum(amount)' } },
      ttlHours: 2,
    };
    const { values } = await amounts(
      sales([
        [10, 10, 1],
        [50, 50, 2],
      ]),
      [60, 61, 121, 180, 181],
      hourly,
    );
    assert.deepEqual(values, [null, 3, 3, 3, null]);
  });

  it('says which key column is of another type than the entity says', async () => {
    const wrong = joinOf(shopView, 'sales', { amount: 'amount' });
    wrong.reference.keys = { shop: 'happened' };
    await assert.rejects(
      join({ entities: [{ key: 'a', at: 1 }], sources: { sales: sales([[1, 1, 1]]) }, joins: [wrong] }),
      {
        code: 'InvalidInput',
        message: /key "shop" of feature view "shop-sales".*column "happened", which is TIMESTAMP/,
      },
    );
  });
});

describe('a point-in-time join of random rows', () => {
  const ttlMinutes = 60;
  const hourly: FeatureViewInput = {
    ...shopView,
    name: 'shop-hours',
    aggregation: { everyMinutes: 20, windowMinutes: 50, features: { total: 'sum(amount)' } },
    features: { total: { type: 'number' } },
  };
  const joins = [
    joinOf(shopView, 'sales', { amount: 'amount' }),
    joinOf({ ...shopView, name: 'shop-returns' }, 'returns', { returned: 'amount' }),
    joinOf(hourly, 'sales', { total: 'total' }),
  ];

  for (let seed = 1; seed <= 25; seed++) {
    it(`agrees with its definition, row by row (seed ${String(seed)})`, async () => {
      const random = createRandom(seed);
      const whole = (below: number) => Math.floor(random() * below);
      const key = () => ['a', 'b', 'c', null][whole(4)] ?? null;
      // Few keys and minutes, so that ties, late rows, rows known beforehand and back-filled ones all occur.
      const featureRows = (): FeatureRow[] =>
        Array.from({ length: 60 }, (_, i) => {
          const event = whole(200);
          const delay = [0, 0, whole(30), whole(150), -whole(20)][whole(5)] ?? 0;
          return {
            key: key(),
            event,
            ingestion: Math.max(0, event + delay),
            value: whole(6) === 0 ? null : i,
          };
        });
      const entities = Array.from({ length: 120 }, () => ({ key: key(), at: whole(400) }));
      const sources = { sales: featureRows(), returns: featureRows() };

      const joined = await join({ entities, sources, joins });
      assert.deepEqual(
        valuesOf(joined.rows, 'minute'),
        entities.map(({ at }) => minuteOf(at)),
      );
      const totals = sumsAtTicks(sources.sales, 20, 50);
      [
        { column: 'amount', rows: sources.sales },
        { column: 'returned', rows: sources.returns },
        { column: 'total', rows: totals },
      ].forEach(({ column, rows }, i) => {
        const expected = entities.map((entity) => lookUp(entity, rows, ttlMinutes));
        assert.deepEqual(
          valuesOf(joined.rows, column),
          expected.map(({ value }) => value),
          column,
        );
        const counts = Object.values(joined.features[i] ?? {}).map(({ expired, missing }) => ({
          expired,
          missing,
        }));
        assert.deepEqual(counts, [countsOf(expected)], column);
      });
      assert.deepEqual(joined.leftBehind.length, 3, 'one table for each view, and nothing else');
    });
  }
});

function minuteOf(at: number): bigint {
  return BigInt(Date.UTC(2001, 0, 1) / 60_000 + at);
}

function countsOf(found: readonly Found[]) {
  const expired = found.filter(({ state }) => state === 'expired').length;
  const missing = found.filter(({ state, value }) => state !== 'expired' && value === null).length;
  return { expired, missing };
}
