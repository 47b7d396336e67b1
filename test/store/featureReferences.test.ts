import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ModelDefinitionInput } from '../../src/domain/modelDefinition.js';
import { registerEntity } from '../../src/store/entities.js';
import { registerFeatureView } from '../../src/store/featureViews.js';
import { readModel, registerDefinition } from '../../src/store/models.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { shop, shopSales } from '../support/featureViews.js';
import { lateness } from '../support/registry.js';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
  await registerEntity(database.db, shop);
  await registerFeatureView(database.db, shopSales);
});
after(() => database.drop());

type Reference = NonNullable<ModelDefinitionInput['featureViews']>[number];

const usesSales: Reference = {
  view: 'shop-sales',
  version: 1,
  keys: { code: 'origin' },
  features: { takings: 'amount' },
};

const definitionUsing = (change: Partial<Reference>): ModelDefinitionInput => ({
  ...lateness,
  dataset: { ...lateness.dataset, columns: { ...lateness.dataset.columns, origin: 'origin' } },
  featureViews: [{ ...usesSales, ...change }],
  features: [
    { name: 'x', kind: 'numeric' },
    { name: 'takings', kind: 'numeric' },
  ],
});

test('a definition that uses a registered view is registered with it, once', async () => {
  const { db } = database;
  const { definitionDigest } = await registerDefinition(db, definitionUsing({}));
  await registerDefinition(db, definitionUsing({}));
  assert.deepEqual(await db('model_feature_views').select(), [
    { definition_digest: definitionDigest, view: 'shop-sales', version: 1 },
  ]);
});

for (const [what, change, message] of [
  ['view', { view: 'nothing' }, /uses the feature view "nothing", which is not registered/],
  ['version', { version: 7 }, /uses version 7 of the feature view "shop-sales", whose newest version is 1/],
  ['key', { keys: { code: 'origin', town: 'origin' } }, /names the key "town" .* whose keys are: code/],
  ['set of keys', { keys: {} }, /does not say which column holds the key "code"/],
  ['feature', { features: { takings: 'profit' } }, /uses the feature "profit" .* which has: .*amount/],
  [
    'type',
    { features: { takings: 'best' } },
    /takes the feature "takings" as numeric .* is of the type string/,
  ],
] as const) {
  test(`a definition with a ${what} that does not exist or fit is refused, and nothing of it is kept`, async () => {
    const { db } = database;
    await assert.rejects(registerDefinition(db, { ...definitionUsing(change), name: 'refused' }), {
      code: 'InvalidInput',
      message,
    });
    await assert.rejects(readModel(db, 'refused'), { code: 'NotFound' });
  });
}
