import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { featureReadResponseSchema } from '../../src/api/featureSchemas.js';
import { inferenceResponseSchema, modelMetadataSchema } from '../../src/api/inferenceSchemas.js';
import type { ModelDefinitionInput } from '../../src/domain/modelDefinition.js';
import { registerEntity } from '../../src/store/entities.js';
import { registerFeatureView } from '../../src/store/featureViews.js';
import { writeOnlineFeatures } from '../../src/store/onlineFeatureRows.js';
import { requireOnlineView } from '../../src/store/onlineFeatures.js';
import { featureRowsCsv } from '../support/featureRowsCsv.js';
import { shop, shopSales } from '../support/featureViews.js';
import { servedDefinition } from '../support/servedModel.js';
import { createTestGateway, type TestGateway } from '../support/testGateway.js';

/** Sales at origin and destination, of which the one has a default and the other a fill. */
const definition: ModelDefinitionInput = {
  ...servedDefinition,
  dataset: {
    ...servedDefinition.dataset,
    columns: { ...servedDefinition.dataset.columns, destination: 'destination' },
  },
  featureViews: [
    {
      view: 'shop-sales',
      version: 1,
      keys: { code: 'origin' },
      features: { originAmount: 'amount', originItems: 'items' },
    },
    {
      view: 'shop-sales',
      version: 1,
      keys: { code: 'destination' },
      features: { destinationItems: 'items' },
    },
  ],
  features: [
    { name: 'origin', kind: 'categorical', values: ['ATL', 'ORD'] },
    { name: 'originAmount', kind: 'numeric' },
    { name: 'originItems', kind: 'numeric' },
    { name: 'destinationItems', kind: 'numeric', missing: { fill: 0 } },
  ],
};

const bytes = (name: string, ...data: string[]) => ({
  name,
  datatype: 'BYTES',
  shape: [data.length, 1],
  data,
});
const floats = (name: string, ...data: number[]) => ({
  name,
  datatype: 'FP32',
  shape: [data.length, 1],
  data,
});
const errorSchema = z.object({ error: z.string() });

describe('completing a request that brings only entity keys', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await createTestGateway(
      {},
      {
        definition,
        async prepare(db) {
          await registerEntity(db, shop);
          await registerFeatureView(db, shopSales);
          const rows = [
            { entityKey: 'ATL', at: '2001-05-01 00:00:00', values: [7.5, 'tea', 3] },
            { entityKey: 'ORD', at: '2001-04-01 00:00:00', values: [9, 'tea', 4] },
            { entityKey: 'LAX', at: '2001-05-01 00:00:00', values: [1, null, 5] },
          ];
          await writeOnlineFeatures(db, await requireOnlineView(db, 'shop-sales'), featureRowsCsv(rows));
        },
      },
    );
  });
  after(() => gateway.close());

  const parameters = { event_time: '2001-05-01T10:00:00Z' };
  const newestRow = async () => {
    const row: unknown = await gateway.database
      .db('predictions')
      .orderBy('recorded_at', 'desc')
      .first('status', 'inputs', 'looked_up', 'error');
    return row;
  };

  async function answered(inputs: unknown[]) {
    const response = await gateway.infer({ parameters, inputs });
    const body: unknown = await response.json();
    assert.equal(response.status, 200, JSON.stringify(body));
    return inferenceResponseSchema.parse(body);
  }

  async function refused(status: number, inputs: unknown[], change: object = parameters) {
    const response = await gateway.infer({ parameters: change, inputs });
    assert.equal(response.status, status);
    return errorSchema.parse(await response.json()).error;
  }

  it('looks the features up, answers, and records the whole of them with what was looked up', async () => {
    const answer = await answered([bytes('origin', 'ATL'), bytes('destination', 'LAX')]);
    assert.deepEqual(answer.outputs[0]?.data, [0.25]);
    assert.deepEqual(answer.parameters.defaulted_features, []);
    assert.deepEqual(await newestRow(), {
      status: 'answered',
      error: null,
      inputs: { origin: 'ATL', originAmount: 7.5, originItems: 3, destinationItems: 5 },
      looked_up: {
        keys: { origin: 'ATL', destination: 'LAX' },
        features: { originAmount: 'fresh', originItems: 'fresh', destinationItems: 'fresh' },
      },
    });
  });

  it('says which features of which rows were defaulted, and why', async () => {
    const answer = await answered([
      bytes('origin', 'ATL', 'ATL', 'ATL'),
      bytes('destination', 'LAX', 'ORD', 'nobody'),
    ]);
    assert.equal(answer.parameters.prediction_ids.length, 3);
    assert.deepEqual(answer.parameters.defaulted_features, [
      { feature: 'destinationItems', state: 'expired', rows: [1] },
      { feature: 'destinationItems', state: 'missing', rows: [2] },
    ]);
  });

  it('takes features that are sent before those it could look up', async () => {
    const answer = await answered([
      bytes('origin', 'nobody'),
      floats('originAmount', 1.5),
      floats('originItems', 2),
      bytes('destination', 'LAX'),
    ]);
    assert.deepEqual(answer.parameters.defaulted_features, []);
    await answered([
      bytes('origin', 'ATL'),
      bytes('destination', 'LAX'),
      floats('originAmount', 1.5),
      floats('originItems', 2),
      floats('destinationItems', 6),
    ]);
    assert.deepEqual(await newestRow(), {
      status: 'answered',
      error: null,
      inputs: { origin: 'ATL', originAmount: 1.5, originItems: 2, destinationItems: 6 },
      looked_up: null,
    });
  });

  it('refuses a feature that has neither value nor default, by its name, and records that', async () => {
    const error = await refused(422, [bytes('origin', 'nobody'), bytes('destination', 'LAX')]);
    assert.match(error, /"originItems" of row 0 is missing in the online store/);
    assert.deepEqual(await newestRow(), { status: 'rejected', error, inputs: null, looked_up: null });
  });

  it('invariant 4: no leak from the future: a request of the past sees no value that came later', async () => {
    const before = { event_time: '2001-04-30T00:00:00Z' };
    const error = await refused(422, [bytes('origin', 'ATL'), bytes('destination', 'LAX')], before);
    assert.match(error, /"originItems" of row 0 is missing/);
  });

  it('names what is missing: the feature, or the key it can be looked up by', async () => {
    assert.match(
      await refused(400, [bytes('origin', 'ATL')]),
      /missing input "destinationItems"; send it, or send "destination" .* feature view shop-sales@1/,
    );
    assert.match(
      await refused(400, [bytes('origin', 'ATL'), floats('destination', 1)]),
      /"destination" must have the datatype BYTES/,
    );
    assert.match(
      await refused(400, [bytes('origin', 'ATL', 'ATL'), bytes('destination', 'LAX')]),
      /"destination" has 1 rows, the inputs before it 2/,
    );
  });

  it('tells in its metadata which inputs may be looked up, by which keys', async () => {
    const response = await gateway.request('/v2/models/arrival', { key: gateway.keys.predict });
    const { inputs, parameters: lookups } = modelMetadataSchema.parse(await response.json());
    assert.equal(inputs.length, 4);
    assert.deepEqual(lookups?.feature_lookups[1], {
      view: 'shop-sales@1',
      keys: [{ name: 'destination', datatype: 'BYTES', shape: [-1, 1] }],
      inputs: ['destinationItems'],
    });
  });

  it('reads features directly, each with its state', async () => {
    const read = (body: unknown, key = gateway.keys.predict) =>
      gateway.request('/features/read', { method: 'POST', key, body: JSON.stringify(body) });
    const response = await read({
      ...parameters,
      entities: [
        { view: 'shop-sales', key: { code: 'ATL' } },
        { view: 'shop-sales', version: 1, key: { code: 'ORD' } },
      ],
    });
    assert.equal(response.status, 200);
    const { entities } = featureReadResponseSchema.parse(await response.json());
    assert.deepEqual(entities, [
      {
        view: 'shop-sales',
        version: 1,
        event_time: '2001-05-01T00:00:00.000Z',
        features: {
          amount: { value: 7.5, state: 'fresh' },
          best: { value: 'tea', state: 'fresh' },
          items: { value: 3, state: 'fresh' },
        },
      },
      {
        view: 'shop-sales',
        version: 1,
        event_time: '2001-04-01T00:00:00.000Z',
        features: {
          amount: { value: 0, state: 'expired' },
          best: { value: 'none', state: 'expired' },
          items: { value: null, state: 'expired' },
        },
      },
    ]);
    assert.equal((await read({ entities: [{ view: 'nothing', key: {} }] })).status, 404);
    assert.equal((await read({ entities: [{ view: 'shop-sales', key: { town: 'x' } }] })).status, 400);
    assert.equal((await read({}, gateway.keys.status)).status, 403);
  });

  it('invariant 1: no answer without its record: features that cannot be read in time are a recorded 503', async () => {
    const { db } = gateway.database;
    await db.transaction(async (transaction) => {
      await transaction.raw('lock table online_features in access exclusive mode');
      const error = await refused(503, [bytes('origin', 'ATL'), bytes('destination', 'LAX')]);
      assert.match(error, /Online features cannot be read/);
      assert.deepEqual(await newestRow(), { status: 'failed', error, inputs: null, looked_up: null });
    });
  });
});
