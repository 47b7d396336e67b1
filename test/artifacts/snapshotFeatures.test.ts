import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readColumns } from '../../src/artifacts/columns.js';
import { rowsOf, withSandbox } from '../../src/artifacts/duckdb.js';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { snapshotDataset } from '../../src/artifacts/snapshot.js';
import type { UsedFeatureView } from '../../src/artifacts/snapshotFeatures.js';
import type { Feature } from '../../src/domain/feature.js';
import {
  entitySchema,
  featureViewSchema,
  type EntityInput,
  type FeatureViewInput,
} from '../../src/domain/featureView.js';
import { parse } from '../../src/domain/parse.js';
import { flights, flightsDataset, flightsPath } from './flights.js';
import { temporaryDirectory } from './temporaryDirectory.js';

const airport: EntityInput = { name: 'airport', description: 'an airport', keys: { airport: 'string' } };
const route: EntityInput = {
  name: 'route',
  description: 'from one airport to another',
  keys: { fromAirport: 'string', toAirport: 'string' },
};

const common = {
  description: 'for tests',
  owner: 'tests',
  source: 'flights',
  eventTime: 'departure',
  ingestionTime: 'arrival',
  ttlHours: 12,
};
const times = {
  departure: 'date',
  arrival: 'date + to_seconds(60 * (30 + distance / 8.0 + greatest(delay, 0)))',
};

const originDelays: FeatureViewInput = {
  ...common,
  name: 'origin-delays',
  entity: 'airport',
  columns: { ...times, airport: 'origin', late: 'delay > 15' },
  aggregation: {
    everyMinutes: 60,
    windowMinutes: 360,
    features: { lateShare: 'avg(late::INTEGER)', flights: 'count(*)' },
  },
  features: { lateShare: { type: 'number', default: 0.2 }, flights: { type: 'integer', default: 0 } },
};

/** The last flight of a route that has arrived. */
const lastOnRoute: FeatureViewInput = {
  ...common,
  name: 'last-on-route',
  entity: 'route',
  columns: { ...times, fromAirport: 'origin', toAirport: 'destination', delay: 'delay' },
  features: { delay: { type: 'number' } },
};

function use(
  view: FeatureViewInput,
  entity: EntityInput,
  reference: Pick<UsedFeatureView['reference'], 'keys' | 'features'>,
) {
  return (path = flightsPath): UsedFeatureView => ({
    reference: { view: view.name, version: 3, ...reference },
    view: {
      version: 3,
      digest: 'd'.repeat(64),
      definition: parse(featureViewSchema, view, 'view'),
      entity: parse(entitySchema, entity, 'entity'),
    },
    source: { name: view.source, configuration: { kind: 'parquet', path } },
  });
}

const usedOriginDelays = use(originDelays, airport, {
  keys: { airport: 'origin' },
  features: { originLateShare: 'lateShare', originFlights: 'flights' },
});
const usedLastOnRoute = use(lastOnRoute, route, {
  keys: { fromAirport: 'origin', toAirport: 'destination' },
  features: { lastDelay: 'delay' },
});

async function snapshot(test: TestContext, featureViews: UsedFeatureView[]) {
  const store = openFileSystemArtifactStore(await temporaryDirectory(test));
  const version = await snapshotDataset(
    {
      source: { name: 'flights', configuration: flights },
      dataset: { ...flightsDataset, columns: { ...flightsDataset.columns, destination: 'destination' } },
      window: { from: '2001-01-10T00:00:00.000Z', to: '2001-01-11T00:00:00.000Z' },
      maxRows: 3000,
      featureViews,
    },
    store,
  );
  return { version, path: await store.fetch(version.parquetSha256) };
}

describe('a dataset version with features of views', () => {
  it('holds them beside its own columns, row for row, in types that can be trained on', async (test) => {
    const plain = await snapshot(test, []);
    const { version, path } = await snapshot(test, [usedOriginDelays(), usedLastOnRoute()]);
    assert.equal(version.rowCount, plain.version.rowCount);
    assert.deepEqual(version.columns, [
      ...plain.version.columns,
      { name: 'originLateShare', type: 'DOUBLE' },
      { name: 'originFlights', type: 'BIGINT' },
      { name: 'lastDelay', type: 'DOUBLE' },
    ]);
    await withSandbox({ files: [path, plain.path] }, async (connection) => {
      const own = plain.version.columns.map(({ name }) => name).join(', ');
      const different = await rowsOf(
        connection,
        `SELECT a.* FROM (SELECT ${own} FROM read_parquet('${path}')) AS a POSITIONAL JOIN (SELECT ${own} FROM read_parquet('${plain.path}')) AS b
          WHERE a IS DISTINCT FROM b`,
      );
      assert.deepEqual(different, []);
    });
    const features: Feature[] = [
      { name: 'originLateShare', kind: 'numeric' },
      { name: 'originFlights', kind: 'categorical', values: [0, 1] },
      { name: 'lastDelay', kind: 'numeric' },
    ];
    let rows = 0;
    for await (const batch of readColumns(path, { features, batchRows: 1000 }))
      rows += batch.lastDelay?.length ?? 0;
    assert.equal(rows, 3000);
  });

  it('invariant 4: no leak from the future: each value is what had arrived before the flight departed', async (test) => {
    const { path } = await snapshot(test, [usedOriginDelays(), usedLastOnRoute()]);
    await withSandbox({ files: [path, flightsPath] }, async (connection) => {
      const arrived = `SELECT *, date + to_seconds(60 * (30 + distance / 8.0 + greatest(delay, 0))) AS arrival FROM read_parquet('${flightsPath}')
        WHERE date BETWEEN '2001-01-08' AND '2001-01-11'`;
      const counts = await rowsOf(
        connection,
        `WITH flown AS MATERIALIZED (${arrived}),
              sampled AS MATERIALIZED (SELECT row_number() OVER () AS n, * FROM read_parquet('${path}') USING SAMPLE 200 ROWS (reservoir, 7)),
              ticked AS (SELECT *, date_trunc('hour', departure - INTERVAL 1 MICROSECOND) AS tick FROM sampled)
         SELECT count(*) AS rows, count(*) FILTER (
           originFlights = (SELECT count(*) FROM flown WHERE flown.origin = ticked.origin
                             AND arrival > tick - INTERVAL 6 HOUR AND arrival <= tick)) AS flights,
           count(*) FILTER (lastDelay IS NOT DISTINCT FROM (SELECT delay FROM flown WHERE flown.origin = ticked.origin
             AND flown.destination = ticked.destination AND arrival < departure AND date >= departure - INTERVAL 12 HOUR
             ORDER BY date DESC, arrival DESC LIMIT 1)) AS delays FROM ticked`,
      );
      const [row] = counts;
      assert.equal(row?.rows, 200n);
      // An airport without any arrival in six hours keeps its last hours for as long as the TTL says.
      assert.ok(Number(row.flights) >= 190, `flights agree in ${String(row.flights)} rows`);
      assert.equal(row.delays, 200n);
    });
  });

  it('names the views and their sources, and counts what was missing', async (test) => {
    const { version } = await snapshot(test, [usedOriginDelays(), usedLastOnRoute()]);
    assert.deepEqual(
      version.featureViews?.map((joined) => ({ ...joined, features: Object.keys(joined.features) })),
      [
        { view: 'origin-delays', features: ['originLateShare', 'originFlights'] },
        { view: 'last-on-route', features: ['lastDelay'] },
      ].map((expected) => ({
        ...expected,
        version: 3,
        definitionDigest: 'd'.repeat(64),
        source: 'flights',
        sourceSha256: version.sourceSha256,
      })),
    );
    const [delays, last] = version.featureViews ?? [];
    assert.equal(delays?.features.originFlights?.defaulted, delays?.features.originLateShare?.defaulted);
    const lastDelay = last?.features.lastDelay;
    assert.ok(lastDelay);
    assert.ok(lastDelay.expired > 0 && lastDelay.expired < 1500);
    assert.equal(lastDelay.defaulted, 0);
  });

  it('is the same, byte for byte, when made again, and another one where a view is another', async (test) => {
    const first = await snapshot(test, [usedOriginDelays()]);
    const second = await snapshot(test, [usedOriginDelays()]);
    assert.deepEqual(second.version, first.version);
    const changed = usedOriginDelays();
    changed.view.digest = 'e'.repeat(64);
    const third = await snapshot(test, [changed]);
    assert.equal(third.version.parquetSha256, first.version.parquetSha256);
    assert.notEqual(third.version.id, first.version.id);
    assert.equal((await snapshot(test, [])).version.featureViews, undefined);
  });

  it('says which view cannot be computed, and from which source', async (test) => {
    const failing = use(
      { ...lastOnRoute, columns: { ...lastOnRoute.columns, delay: `(origin || '!')::INTEGER` } },
      route,
      usedLastOnRoute().reference,
    );
    await assert.rejects(snapshot(test, [failing()]), {
      code: 'UnusableData',
      message: /feature view "last-on-route" cannot be computed/,
    });
    const nowhere = join(await temporaryDirectory(test), 'flights.parquet');
    const elsewhere = usedLastOnRoute(nowhere);
    elsewhere.source.name = 'arrivals';
    await assert.rejects(snapshot(test, [elsewhere]), { code: 'NotFound', message: /"arrivals"/ });
  });
});
