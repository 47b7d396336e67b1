import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import type { ModelDefinitionInput } from '../../src/domain/modelDefinition.js';
import { featureChannel } from '../../src/domain/names.js';
import { registerEntity } from '../../src/store/entities.js';
import {
  answerAnnouncements,
  listAnnouncements,
  listNewlyUsed,
} from '../../src/store/featureAnnouncements.js';
import { registerFeatureView } from '../../src/store/featureViews.js';
import { readModel, registerDefinition } from '../../src/store/models.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { shop, shopSales } from '../support/featureViews.js';
import { lateness } from '../support/registry.js';
import { waitFor } from '../support/waitFor.js';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
  await registerEntity(database.db, shop);
});
after(() => database.drop());

const withColumn = (name: string, column: string, change: Partial<ModelDefinitionInput> = {}) => ({
  ...lateness,
  name,
  dataset: { ...lateness.dataset, columns: { ...lateness.dataset.columns, [column]: column } },
  ...change,
});

test('a new version is announced to the models that could use it, and to those who listen', async () => {
  const { db } = database;
  await registerDefinition(db, withColumn('has-the-key', 'code'));
  await registerDefinition(db, withColumn('has-it-not', 'town'));
  const ignoring = { retraining: { onNewFeatures: 'ignore' as const } };
  await registerDefinition(db, withColumn('ignores-it', 'code', { monitoring: ignoring }));

  const listener = new pg.Client({ connectionString: database.url });
  await listener.connect();
  try {
    const heard: (string | undefined)[] = [];
    listener.on('notification', ({ payload }) => heard.push(payload));
    await listener.query(`listen ${featureChannel}`);
    await registerFeatureView(db, shopSales);
    await registerFeatureView(db, shopSales);
    const announced = await listAnnouncements(db, { view: 'shop-sales', version: 1 });
    assert.deepEqual(
      announced.map(({ model, keys }) => [model, keys]),
      [['has-the-key', { code: 'code' }]],
    );
    await waitFor('the announcement', () => Promise.resolve(heard.length > 0));
    assert.deepEqual(heard, ['shop-sales@1:has-the-key']);
  } finally {
    await listener.end();
  }
});

test('a model that uses the entity already is told by which columns, and what it came to use is answered once', async () => {
  const { db } = database;
  await registerFeatureView(db, { ...shopSales, name: 'first' });
  const using = (version: number, view = 'first') =>
    withColumn('uses', 'branch', {
      featureViews: [{ view, version, keys: { code: 'branch' }, features: { takings: 'amount' } }],
    });
  const { definition: before } = await registerDefinition(db, using(1));
  await registerFeatureView(db, { ...shopSales, name: 'second' });
  assert.deepEqual(
    (await listAnnouncements(db, { model: 'uses' })).map(({ view, keys }) => [view, keys]),
    [['second', { code: 'branch' }]],
  );
  assert.deepEqual(await listNewlyUsed(db, { model: 'uses', by: before, notBy: before }), []);

  await registerDefinition(db, using(1, 'second'));
  const { definition: by } = await readModel(db, 'uses');
  const newlyUsed = () => listNewlyUsed(db, { model: 'uses', by, notBy: before });
  assert.deepEqual(await newlyUsed(), [{ view: 'second', version: 1 }]);
  await answerAnnouncements(db, 'uses', await newlyUsed());
  assert.deepEqual(await newlyUsed(), []);
});
