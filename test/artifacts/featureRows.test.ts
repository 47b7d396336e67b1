import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DuckDBConnection } from '@duckdb/node-api';
import { rowsOf, withSandbox } from '../../src/artifacts/duckdb.js';
import { FeatureRows } from '../../src/artifacts/featureRows.js';
import {
  entitySchema,
  featureViewSchema,
  type EntityInput,
  type FeatureViewInput,
} from '../../src/domain/featureView.js';
import { parse } from '../../src/domain/parse.js';
import { flightsPath } from './flights.js';

const airport: EntityInput = { name: 'airport', description: 'an airport', keys: { airport: 'string' } };

/** Delays at an airport, known on arrival. */
const delays: FeatureViewInput = {
  name: 'airport-delays',
  description: 'late flights of the last three hours',
  owner: 'tests',
  entity: 'airport',
  source: 'arrivals',
  columns: {
    airport: 'code',
    happened: 'happened',
    known: 'known',
    minutes: 'minutes',
    late: 'minutes > 15',
  },
  eventTime: 'happened',
  ingestionTime: 'known',
  features: { minutes: { type: 'number' }, late: { type: 'integer' } },
  ttlHours: 24,
};

const delayRate: FeatureViewInput = {
  ...delays,
  aggregation: {
    everyMinutes: 60,
    windowMinutes: 180,
    features: { rate: 'avg(late::INTEGER)', flights: 'count(*)', worst: 'max(minutes)' },
  },
  features: { rate: { type: 'number' }, flights: { type: 'integer' }, worst: { type: 'number' } },
};

const arrivals = `SELECT * REPLACE (happened::TIMESTAMP AS happened, known::TIMESTAMP AS known), row_number() OVER () AS "source row"
  FROM (VALUES ('ABQ', '2001-01-01 09:30', '2001-01-01 10:00', 20.0::DOUBLE),
               ('ABQ', '2001-01-01 10:10', '2001-01-01 11:59', 5.0),
               ('ABQ', '2001-01-01 09:00', '2001-01-01 12:30', 'NaN'),
               ('BOS', '2001-01-01 09:00', '2001-01-01 08:00', 0.0),
               (NULL, '2001-01-01 09:00', '2001-01-01 09:00', 1.0),
               ('BOS', '2001-01-01 09:00', NULL, 1.0)) AS t(code, happened, known, minutes)`;

const wholeDay = { from: '2001-01-01T00:00:00Z', to: '2001-01-02T00:00:00Z' };

async function prepare(connection: DuckDBConnection, view: FeatureViewInput, entity = airport) {
  await connection.run(`CREATE OR REPLACE VIEW source AS ${arrivals}`);
  return FeatureRows.prepare(connection, {
    view: parse(featureViewSchema, view, 'view'),
    entity: parse(entitySchema, entity, 'entity'),
    relation: 'source',
  });
}

async function readRows(view: FeatureViewInput, span = wholeDay): Promise<string[][]> {
  return withSandbox({ files: [] }, async (connection) => {
    const rows = await prepare(connection, view);
    const found = await connection.runAndReadAll(
      `SELECT COLUMNS(* EXCLUDE "feature row")::VARCHAR FROM (${rows.knownIn(span)}) ORDER BY ALL`,
    );
    return found.getRows().map((row) => row.map(String));
  });
}

describe('feature rows of a view without aggregation', () => {
  it('are the source rows that have keys and times; what is not a finite number is NULL', async () => {
    assert.deepEqual(await readRows(delays), [
      ['ABQ', '2001-01-01 09:00:00', '2001-01-01 12:30:00', 'null', '1'],
      ['ABQ', '2001-01-01 09:30:00', '2001-01-01 10:00:00', '20.0', '1'],
      ['ABQ', '2001-01-01 10:10:00', '2001-01-01 11:59:00', '5.0', '0'],
      ['BOS', '2001-01-01 09:00:00', '2001-01-01 08:00:00', '0.0', '0'],
    ]);
  });

  it('are known at the later of their two times, the end of a span excluded', async () => {
    const knownIn = async (from: string, to: string) =>
      (await readRows(delays, { from: `2001-01-01T${from}Z`, to: `2001-01-01T${to}Z` })).map((row) => row[3]);
    assert.deepEqual(await knownIn('00:00', '09:00'), []);
    assert.deepEqual(await knownIn('09:00', '10:00'), ['0.0']);
    assert.deepEqual(await knownIn('10:00', '11:59:01'), ['20.0', '5.0']);
  });
});

describe('feature rows of a view with aggregation', () => {
  it('are aggregates at each tick, over what became known in the window that ends with it', async () => {
    assert.deepEqual(await readRows(delayRate), [
      // 10:00 is known at ten, 11:59 at twelve; the window of thirteen begins after ten.
      ['ABQ', '2001-01-01 10:00:00', '2001-01-01 10:00:00', '1.0', '1', '20.0'],
      ['ABQ', '2001-01-01 11:00:00', '2001-01-01 11:00:00', '1.0', '1', '20.0'],
      ['ABQ', '2001-01-01 12:00:00', '2001-01-01 12:00:00', '0.5', '2', '20.0'],
      // A window with NaN in it: not a finite number, so NULL; NaN itself counts as greater than 15.
      ['ABQ', '2001-01-01 13:00:00', '2001-01-01 13:00:00', '0.5', '2', 'null'],
      ['ABQ', '2001-01-01 14:00:00', '2001-01-01 14:00:00', '0.5', '2', 'null'],
      ['ABQ', '2001-01-01 15:00:00', '2001-01-01 15:00:00', '1.0', '1', 'null'],
      ['BOS', '2001-01-01 09:00:00', '2001-01-01 09:00:00', '0.0', '1', '0.0'],
      ['BOS', '2001-01-01 10:00:00', '2001-01-01 10:00:00', '0.0', '1', '0.0'],
      ['BOS', '2001-01-01 11:00:00', '2001-01-01 11:00:00', '0.0', '1', '0.0'],
    ]);
  });

  it('are the same in any span that holds them', async () => {
    const whole = await readRows(delayRate);
    const parts: string[][] = [];
    for (let hour = 0; hour < 24; hour += 1) {
      const [from, to] = [hour, hour + 1].map((n) => new Date(Date.UTC(2001, 0, 1, n)).toISOString());
      parts.push(...(await readRows(delayRate, { from: from ?? '', to: to ?? '' })));
    }
    assert.deepEqual(parts.map(String).sort(), whole.map(String).sort());
  });

  it('count ticks from midnight, before 1970 too', async () => {
    const old: FeatureViewInput = {
      ...delayRate,
      columns: {
        ...delayRate.columns,
        happened: `happened - INTERVAL 50 YEAR`,
        known: `known - INTERVAL 50 YEAR`,
      },
    };
    const rows = await readRows(old, { from: '1951-01-01T00:00:00Z', to: '1951-01-02T00:00:00Z' });
    assert.deepEqual(
      rows.map((row) => row[1]),
      (await readRows(delayRate)).map((row) => row[1]?.replace('2001', '1951')),
    );
  });

  it('hold each of three million flights at the six ticks after its arrival', async () => {
    const count = await withSandbox({ files: [flightsPath] }, async (connection) => {
      await connection.run(
        `CREATE VIEW source AS SELECT *, file_row_number AS "source row" FROM read_parquet('${flightsPath}', file_row_number = true)`,
      );
      const rows = await FeatureRows.prepare(connection, {
        view: parse(featureViewSchema, { ...delayRate, columns: flightColumns, aggregation: sixHours }, ''),
        entity: parse(entitySchema, airport, ''),
        relation: 'source',
      });
      const halfYear = { from: '2001-01-01T00:00:00Z', to: '2001-08-01T00:00:00Z' };
      return rowsOf(
        connection,
        `SELECT count(*) AS ticks, sum(flights) AS flights FROM (${rows.knownIn(halfYear)})`,
      );
    });
    assert.deepEqual(count, [{ ticks: 777_083n, flights: 18_000_000n }]);
  });
});

describe('the entities of which something was known before a moment', () => {
  const knownBefore = (view: FeatureViewInput, time: string) =>
    withSandbox({ files: [] }, async (connection) => {
      const rows = await prepare(connection, view);
      const found = await connection.runAndReadAll(rows.entitiesKnownBefore(`2001-01-01T${time}Z`));
      return found.getRows().flat().sort();
    });

  it('are those with a feature row, or with a tick, before it', async () => {
    assert.deepEqual(await knownBefore(delays, '09:00'), []);
    assert.deepEqual(await knownBefore(delays, '09:01'), ['BOS']);
    assert.deepEqual(await knownBefore(delays, '10:01'), ['ABQ', 'BOS']);
    const late = { ...delayRate, columns: { ...delayRate.columns, known: `known + INTERVAL 61 MINUTE` } };
    assert.deepEqual(await knownBefore(late, '12:00'), ['BOS']);
    assert.deepEqual(await knownBefore(late, '12:01'), ['ABQ', 'BOS']);
  });
});

describe('a feature view that does not fit its source', () => {
  const rejects = (view: FeatureViewInput, message: RegExp, entity = airport) =>
    assert.rejects(
      withSandbox({ files: [] }, (connection) => prepare(connection, view, entity)),
      { code: 'InvalidInput', message },
    );
  const withColumn = (name: string, sql: string) => ({
    ...delays,
    columns: { ...delays.columns, [name]: sql },
  });
  const withAggregate = (sql: string) => ({
    ...delayRate,
    aggregation: { everyMinutes: 60, windowMinutes: 180, features: { rate: sql } },
    features: { rate: { type: 'number' as const } },
  });

  it('is told which column does not exist', () =>
    rejects(
      withColumn('minutes', 'delay'),
      /"airport-delays": columns\.minutes names the column "delay".*"arrivals".*code, happened, known, minutes/,
    ));

  it('is told which key or feature is of another type', async () => {
    const numbered: EntityInput = { ...airport, keys: { airport: 'integer' } };
    await rejects(delays, /the key "airport" is VARCHAR, but the entity "airport" says integer/, numbered);
    await rejects(withColumn('minutes', 'code'), /the feature "minutes" is VARCHAR, but declared number/);
    await rejects(withColumn('late', 'minutes'), /the feature "late" is DOUBLE, but declared integer/);
    await rejects(withColumn('happened', 'minutes'), /the time "happened" is DOUBLE/);
  });

  it('invariant 4: no leak from the future: a column is computed from its own row alone', async () => {
    await rejects(withColumn('minutes', 'avg(minutes)'), /calls avg\(\), which looks at other rows/);
    await rejects(withColumn('minutes', 'lead(minutes) OVER (ORDER BY happened)'), /has a window function/);
    await rejects(withColumn('minutes', '(SELECT max(minutes) FROM source)'), /has a subquery/);
  });

  it('invariant 4: no leak from the future: an aggregate sees the rows of its window alone', async () => {
    await rejects(withAggregate('(SELECT avg(minutes) FROM source)'), /has a subquery/);
    await rejects(withAggregate('sum(avg(minutes)) OVER ()'), /has a window function/);
    await rejects(withAggregate('1'), /calls no aggregate function/);
    await rejects(withAggregate('minutes + avg(minutes)'), /aggregation\.features\.rate cannot be computed/);
  });

  it('invariant 10: same run, same model: a value depends on neither the moment nor the order of rows', async () => {
    for (const moving of [
      'minutes + random()',
      "date_diff('minute', happened, ago(INTERVAL 1 DAY)::TIMESTAMP)",
    ]) {
      await rejects(withColumn('minutes', moving), /does not always give the same value/);
    }
    for (const ordered of [
      'first(minutes)',
      'last(minutes)',
      'list(minutes)[1]',
      'arg_max(minutes, happened)',
      'mode(minutes)',
    ]) {
      await rejects(withAggregate(ordered), /depends on the order of the rows/);
    }
    await rejects(
      withAggregate('avg(minutes) FILTER (known < now())'),
      /does not always give the same value/,
    );
  });
});

/** Each flight is known when it has arrived. */
const flightColumns = {
  airport: 'origin',
  happened: 'date',
  known: 'date + to_seconds(60 * (30 + distance / 8.0 + greatest(delay, 0)))',
  minutes: 'delay',
  late: 'delay > 15',
};

const sixHours = {
  everyMinutes: 60,
  windowMinutes: 360,
  features: { rate: 'avg(late::INTEGER)', flights: 'count(*)', worst: 'max(minutes)' },
};
