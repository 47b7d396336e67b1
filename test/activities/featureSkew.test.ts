/** The same features on both sides: the online store against point-in-time joins, on real flights. */
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { measureSkew } from '../../src/activities/featureSkew.js';
import { rowsOf } from '../../src/artifacts/duckdb.js';
import { writeFeatureFile } from '../../src/artifacts/featureFile.js';
import { sampleEntities } from '../../src/artifacts/offlineFeatures.js';
import { withFeatureView, type OpenFeatureView } from '../../src/artifacts/openFeatureView.js';
import type { FeatureViewInput } from '../../src/domain/featureView.js';
import { registerEntity } from '../../src/store/entities.js';
import { registerFeatureView } from '../../src/store/featureViews.js';
import { writeOnlineFeatures } from '../../src/store/onlineFeatureRows.js';
import {
  OnlineFeatureReader,
  keepsHistory,
  requireOnlineView,
  type OnlineView,
} from '../../src/store/onlineFeatures.js';
import { flights } from '../artifacts/flights.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

/** Late flights of an airport in the last hours, known when they landed (two hours after departure, about). */
const delays: FeatureViewInput = {
  name: 'origin-delays',
  description: 'delays of an airport',
  owner: 'tests',
  entity: 'airport',
  source: 'flights',
  columns: {
    airport: 'origin',
    departure: 'date',
    landed: "date + INTERVAL '2 hours' + to_minutes(delay::BIGINT)",
    late: '(delay > 15)::INTEGER',
    delay: 'delay',
  },
  eventTime: 'departure',
  ingestionTime: 'landed',
  aggregation: {
    everyMinutes: 60,
    windowMinutes: 360,
    features: { rate: 'avg(late)', flights: 'count(*)', worst: 'max(delay)' },
  },
  features: {
    rate: { type: 'number', default: 0.2 },
    flights: { type: 'integer', default: 0 },
    worst: { type: 'number' },
  },
  ttlHours: 3,
  materialization: { historyHours: 48 },
};

/** The last flight of a route that has landed; flights land in another order than they departed. */
const lastLanded: FeatureViewInput = {
  ...delays,
  name: 'last-landed',
  entity: 'route',
  columns: { ...delays.columns, airport: 'origin', origin: 'origin', destination: 'destination' },
  aggregation: undefined,
  features: { delay: { type: 'number' }, late: { type: 'integer', default: 0 } },
  ttlHours: 24,
};

const known = { from: '2001-03-01T00:00:00.000Z', to: '2001-03-04T00:00:00.000Z' };
/** Moments within the last day, on ticks and between them. */
const moments = [
  '2001-03-03T00:00:00.000Z',
  '2001-03-03T09:00:00.001Z',
  '2001-03-03T17:23:45.678Z',
  known.to,
];

let database: TestDatabase;
let reader: OnlineFeatureReader;
before(async () => {
  database = await createTestDatabase();
  reader = new OnlineFeatureReader(database.url);
  const { db } = database;
  await registerEntity(db, { name: 'airport', description: 'an airport', keys: { airport: 'string' } });
  await registerEntity(db, {
    name: 'route',
    description: 'a route',
    keys: { origin: 'string', destination: 'string' },
  });
});
after(async () => {
  await reader.close();
  await database.drop();
});

async function withView(
  given: FeatureViewInput,
  use: (opened: OpenFeatureView, view: OnlineView) => Promise<void>,
): Promise<void> {
  await registerFeatureView(database.db, given);
  const view = await requireOnlineView(database.db, given.name);
  const source = { name: 'flights', configuration: flights };
  await withFeatureView(source, { view: view.definition, entity: view.entity }, (opened) =>
    use(opened, view),
  );
}

async function materialize(opened: OpenFeatureView, view: OnlineView, to: string): Promise<void> {
  const file = join(opened.directory, 'rows.csv');
  await writeFeatureFile(opened, { ...known, to }, file, { latestOnly: !keepsHistory(view.definition) });
  await writeOnlineFeatures(database.db, view, createReadStream(file));
}

describe('features are the same online and offline', () => {
  for (const given of [delays, lastLanded]) {
    it(`${given.name}: at moments of the last day, of a view that keeps them`, async () => {
      await withView(given, async (opened, view) => {
        await materialize(opened, view, known.to);
        const keys = await sampleEntities(opened, { before: known.to, count: 150 });
        const asked = moments.flatMap((moment) => keys.map((key) => ({ key, moment })));
        const { compared, skews } = await measureSkew(opened, { view, reader }, asked);
        assert.deepEqual(skews, []);
        assert.equal(compared, asked.length * Object.keys(given.features).length);
      });
    });

    it(`${given.name}: the latest value, materialized up to a moment and read at it`, async () => {
      await withView(
        { ...given, name: `${given.name}-latest`, materialization: {} },
        async (opened, view) => {
          const keys = await sampleEntities(opened, { before: known.to, count: 150 });
          for (const moment of moments) {
            await materialize(opened, view, moment);
            const asked = keys.map((key) => ({ key, moment }));
            assert.deepEqual((await measureSkew(opened, { view, reader }, asked)).skews, []);
          }
        },
      );
    });
  }

  it('a skew is found: one value that is wrong online', async () => {
    await withView({ ...delays, name: 'skewed', materialization: {} }, async (opened, view) => {
      await materialize(opened, view, known.to);
      const [busiest] = await rowsOf(
        opened.connection,
        'SELECT origin FROM source GROUP BY origin ORDER BY count(*) DESC LIMIT 1',
      );
      const airport = String(busiest?.origin);
      await database
        .db('online_features')
        .where({ view_id: view.id, entity_key: airport })
        .update({ features: '[1, 0.999, 2]' });
      const asked = [{ key: { airport }, moment: known.to }];
      const { skews } = await measureSkew(opened, { view, reader }, asked);
      assert.deepEqual(
        skews.map(({ feature, online }) => [feature, online]),
        [
          ['rate', 0.999],
          ['worst', 2],
          ['flights', 1],
        ],
      );
    });
  });
});
