import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listEntities, readEntity, registerEntity } from '../../src/store/entities.js';
import { listFeatureViews, registerFeatureView, requireFeatureView } from '../../src/store/featureViews.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { shop, shopSales } from '../support/featureViews.js';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

test('a view needs its entity, and the entity’s keys among its columns', async () => {
  const { db } = database;
  await assert.rejects(registerFeatureView(db, { ...shopSales, entity: 'nobody' }), {
    code: 'InvalidInput',
    message: /names the entity "nobody", which is not registered/,
  });
  await registerEntity(db, shop);
  const columns = { at: 'happened', known: 'known', amount: 'amount', items: 'items', best: 'best' };
  await assert.rejects(registerFeatureView(db, { ...shopSales, columns }), {
    code: 'InvalidInput',
    message: /no column "code", which is a key of its entity "shop"/,
  });
  await assert.rejects(requireFeatureView(db, 'shop-sales'), {
    code: 'NotFound',
    message: /tempered features apply/,
  });
});

test('invariant 8: activities may run twice: the same view again, even at once, is the same version', async () => {
  const { db } = database;
  await registerEntity(db, shop);
  const reordered = Object.fromEntries(Object.entries(shopSales).reverse());
  const registered = await Promise.all([
    registerFeatureView(db, shopSales),
    registerFeatureView(db, reordered),
    registerFeatureView(db, shopSales),
  ]);
  assert.deepEqual(
    registered.map(({ version }) => version),
    [1, 1, 1],
  );
});

test('a changed view is the next version, and the one before stays as it was', async () => {
  const { db } = database;
  await registerEntity(db, shop);
  const before = await registerFeatureView(db, shopSales);
  const after = await registerFeatureView(db, { ...shopSales, ttlHours: 24 });
  assert.equal(after.version, before.version + 1);
  assert.notEqual(after.digest, before.digest);
  assert.equal((await requireFeatureView(db, 'shop-sales', before.version)).definition.ttlHours, 48);
  assert.equal((await requireFeatureView(db, 'shop-sales')).definition.ttlHours, 24);
  assert.deepEqual(
    (await listFeatureViews(db)).map(({ definition, version }) => [definition.name, version]),
    [['shop-sales', after.version]],
  );
  await assert.rejects(requireFeatureView(db, 'shop-sales', 99), {
    code: 'NotFound',
    message: `There is no version 99 of feature view "shop-sales"; its newest is ${String(after.version)}.`,
  });
});

test('an entity’s description may change, its keys only while no view uses them', async () => {
  const { db } = database;
  await registerEntity(db, { ...shop, name: 'free' });
  await registerEntity(db, { ...shop, name: 'free', keys: { id: 'integer' } });
  assert.deepEqual((await readEntity(db, 'free'))?.definition.keys, { id: 'integer' });

  await registerEntity(db, shop);
  await registerFeatureView(db, shopSales);
  const described = await registerEntity(db, { ...shop, description: 'a shop, by its new code' });
  assert.equal(
    (await registerEntity(db, { ...shop, description: 'a shop, by its new code' })).version,
    described.version,
  );
  await assert.rejects(registerEntity(db, { ...shop, keys: { code: 'integer' } }), {
    code: 'Conflict',
    message: /keys of entity "shop" cannot change: feature view "shop-sales" uses them/,
  });
  assert.deepEqual(
    (await listEntities(db)).map(({ definition }) => definition.name),
    ['free', 'shop'],
  );
});

test('no version of a view is ever changed or removed', async () => {
  const { db } = database;
  await registerEntity(db, shop);
  await registerFeatureView(db, shopSales);
  await assert.rejects(
    db('feature_view_versions').update({ digest: '0'.repeat(64) }),
    /never changed or removed/,
  );
  await assert.rejects(db('entity_versions').delete(), /never changed or removed/);
});
