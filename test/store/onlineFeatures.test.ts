import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { FeatureViewInput } from '../../src/domain/featureView.js';
import { registerEntity } from '../../src/store/entities.js';
import { registerFeatureView } from '../../src/store/featureViews.js';
import { pruneHistory, writeOnlineFeatures } from '../../src/store/onlineFeatureRows.js';
import { OnlineFeatureReader, requireOnlineView, type OnlineView } from '../../src/store/onlineFeatures.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { featureRowsCsv } from '../support/featureRowsCsv.js';
import { shop, shopSales } from '../support/featureViews.js';

let database: TestDatabase;
let reader: OnlineFeatureReader;
before(async () => {
  database = await createTestDatabase();
  reader = new OnlineFeatureReader(database.url);
  await registerEntity(database.db, shop);
});
after(async () => {
  await reader.close();
  await database.drop();
});

async function prepare(name: string, change: Partial<FeatureViewInput> = {}): Promise<OnlineView> {
  await registerFeatureView(database.db, { ...shopSales, name, ...change });
  return requireOnlineView(database.db, name);
}

interface Row {
  shop: string;
  at: string;
  known?: string;
  amount: number | null;
}

function csvOf(rows: readonly Row[]): Readable {
  return featureRowsCsv(
    rows.map(({ shop: entityKey, amount, ...times }) => ({ entityKey, ...times, values: [amount, null, 3] })),
  );
}

async function read(view: OnlineView, entityKey: string, moment: string) {
  const [answer] = await reader.read([{ view, entityKey, moment: new Date(moment) }]);
  assert.ok(answer !== undefined);
  return answer;
}

async function amountOf(view: OnlineView, entityKey: string, moment: string) {
  const { value, state } = (await read(view, entityKey, moment)).features.amount ?? {};
  return `${String(value)} ${String(state)}`;
}

test('each feature is answered as fresh, expired or missing, and in the latter cases by its default', async () => {
  const view = await prepare('states');
  await writeOnlineFeatures(
    database.db,
    view,
    csvOf([{ shop: 'A', at: '2001-01-02 00:00:00', amount: 7.5 }]),
  );
  assert.deepEqual(await read(view, 'A', '2001-01-03T00:00:00Z'), {
    eventTime: new Date('2001-01-02T00:00:00Z'),
    features: {
      amount: { value: 7.5, state: 'fresh' },
      best: { value: 'none', state: 'missing' },
      items: { value: 3, state: 'fresh' },
    },
  });
  assert.deepEqual((await read(view, 'A', '2001-01-05T00:00:00Z')).features, {
    amount: { value: 0, state: 'expired' },
    best: { value: 'none', state: 'missing' },
    items: { value: null, state: 'expired' },
  });
  const nobody = await read(view, 'nobody', '2001-01-03T00:00:00Z');
  assert.deepEqual([nobody.eventTime, nobody.features.amount], [null, { value: 0, state: 'missing' }]);
});

test('a TTL ends when it has passed, not before', async () => {
  const view = await prepare('ttl');
  await writeOnlineFeatures(database.db, view, csvOf([{ shop: 'A', at: '2001-01-02 00:00:00', amount: 1 }]));
  assert.equal(await amountOf(view, 'A', '2001-01-04T00:00:00.000Z'), '1 fresh');
  assert.equal(await amountOf(view, 'A', '2001-01-04T00:00:00.001Z'), '0 expired');
});

test('many entities of many views are answered in the order they were asked for', async () => {
  const [one, two] = [await prepare('one'), await prepare('two')];
  await writeOnlineFeatures(database.db, one, csvOf([{ shop: 'A', at: '2001-01-02 00:00:00', amount: 1 }]));
  await writeOnlineFeatures(database.db, two, csvOf([{ shop: 'A', at: '2001-01-02 00:00:00', amount: 2 }]));
  const moment = new Date('2001-01-03T00:00:00Z');
  const answers = await reader.read([
    { view: two, entityKey: 'A', moment },
    { view: one, entityKey: 'B', moment },
    { view: one, entityKey: 'A', moment },
    { view: two, entityKey: 'A', moment },
  ]);
  assert.deepEqual(
    answers.map(({ features }) => features.amount?.value),
    [2, 0, 1, 2],
  );
  assert.deepEqual(await reader.read([]), []);
});

test('a back-filled row never replaces a later one; of equal event times the one that came in later counts', async () => {
  const view = await prepare('replaced');
  const write = (at: string, known: string, amount: number) =>
    writeOnlineFeatures(database.db, view, csvOf([{ shop: 'A', at, known, amount }]));
  await write('2001-01-02 12:00:00', '2001-01-02 12:00:00', 1);
  await write('2001-01-01 00:00:00', '2001-01-02 13:00:00', 2);
  assert.equal(await amountOf(view, 'A', '2001-01-03T00:00:00Z'), '1 fresh', 'back-filled');
  await write('2001-01-02 12:00:00', '2001-01-02 14:00:00', 3);
  assert.equal(await amountOf(view, 'A', '2001-01-03T00:00:00Z'), '3 fresh', 'came in later');
  await write('2001-01-02 12:00:00', '2001-01-02 13:00:00', 4);
  assert.equal(await amountOf(view, 'A', '2001-01-03T00:00:00Z'), '3 fresh', 'came in earlier');
  await write('2001-01-02 12:00:00', '2001-01-02 14:00:00', 5);
  assert.equal(await amountOf(view, 'A', '2001-01-03T00:00:00Z'), '5 fresh', 'restated by its source');
});

test('invariant 4: no leak from the future: a moment sees no value that was not known before it', async () => {
  const view = await prepare('future');
  const rows = [{ shop: 'A', at: '2001-01-02 10:00:00', known: '2001-01-02 12:00:00', amount: 1 }];
  await writeOnlineFeatures(database.db, view, csvOf(rows));
  assert.equal(
    await amountOf(view, 'A', '2001-01-02T11:00:00Z'),
    '0 missing',
    'happened, but had not come in',
  );
  assert.equal(await amountOf(view, 'A', '2001-01-02T12:00:00Z'), '0 missing', 'came in at that very moment');
  assert.equal(await amountOf(view, 'A', '2001-01-02T12:00:00.001Z'), '1 fresh');
});

test('a view that keeps history answers past moments by what was known then, restated values too', async () => {
  const view = await prepare('history', { materialization: { historyHours: 240 } });
  await writeOnlineFeatures(
    database.db,
    view,
    csvOf([
      { shop: 'A', at: '2001-01-02 00:00:00', amount: 1 },
      { shop: 'A', at: '2001-01-02 00:00:00', known: '2001-01-02 06:00:00', amount: 2 },
      { shop: 'A', at: '2001-01-03 00:00:00', amount: 3 },
    ]),
  );
  const seen = [];
  for (const moment of ['2001-01-02T01:00:00Z', '2001-01-02T07:00:00Z', '2001-01-03T01:00:00Z']) {
    seen.push(await amountOf(view, 'A', moment));
  }
  assert.deepEqual(seen, ['1 fresh', '2 fresh', '3 fresh']);
  assert.equal(await amountOf(view, 'A', '2001-01-01T00:00:00Z'), '0 missing');

  await pruneHistory(database.db, view, new Date('2001-01-14T12:00:00Z'));
  assert.equal(await amountOf(view, 'A', '2001-01-02T01:00:00Z'), '0 missing', 'further back than is kept');
  assert.equal(await amountOf(view, 'A', '2001-01-03T01:00:00Z'), '3 fresh', 'the latest always stays');
});

test('invariant 8: activities may run twice: rows written again change nothing, and a broken file writes none', async () => {
  const view = await prepare('again');
  const rows = [{ shop: 'A', at: '2001-01-02 00:00:00', amount: 1 }];
  await writeOnlineFeatures(database.db, view, csvOf(rows));
  const stored = () =>
    database.db.raw<{ rows: unknown[] }>('select *, xmin from online_features where view_id = ?', [view.id]);
  const before = (await stored()).rows;
  assert.equal(await writeOnlineFeatures(database.db, view, csvOf(rows)), 1);
  assert.deepEqual((await stored()).rows, before);

  const broken = Readable.from([
    'B,2001-01-02 00:00:00,2001-01-02 00:00:00,"[1,null,3]",true\n',
    'C,not a time\n',
  ]);
  await assert.rejects(writeOnlineFeatures(database.db, view, broken), /missing data|invalid input/);
  assert.deepEqual((await stored()).rows, before);
});
