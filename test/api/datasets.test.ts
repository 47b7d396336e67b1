import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { reportRequirements } from '../../src/activities/dataRequirements.js';
import { datasetAnswerSchema, requirementsAnswerSchema } from '../../src/api/datasetSchemas.js';
import { type TestGateway, createTestGateway } from '../support/testGateway.js';
import { registerModel } from '../support/registry.js';

let gateway: TestGateway;
before(async () => {
  gateway = await createTestGateway();
});
after(() => gateway.close());

const get = async (path: string, status = 200): Promise<unknown> => {
  const response = await gateway.request(path, { key: gateway.keys.status });
  assert.equal(response.status, status, await response.clone().text());
  return response.json();
};

describe('the data behind a model', () => {
  it('is told by the manifest of its dataset version', async () => {
    await registerModel(gateway.database.db);
    const { id } = await gateway.database
      .db('dataset_versions')
      .whereRaw(`manifest ->> 'source' = 'rows'`)
      .first<{ id: string }>('id');
    const version = datasetAnswerSchema.parse(await get(`/datasets/${id.slice(0, 12)}`));
    assert.equal(version.id, id);
    await get('/datasets/ffffffff', 404);
    await get('/datasets/x', 400);
  });

  it('is told by the newest report on what was asked of it', async () => {
    await get('/models/arrival/data-requirements', 404);
    const window = { from: '2001-01-01T00:00:00.000Z', to: '2001-01-02T00:00:00.000Z' };
    const { db } = gateway.database;
    const id = await reportRequirements({ db, artifacts: gateway.served.artifacts }, 'arrival', {
      source: 'arrivals',
      sourceSha256: 'a'.repeat(64),
      window,
      checks: [
        {
          ...{
            kind: 'rows',
            columns: [],
            expected: 'the window holds rows',
            found: 'it holds no rows',
            met: false,
          },
          ...{ rows: 0, offendingRows: 0, firstAt: null, lastAt: null, samples: [] },
        },
      ],
    });
    const answer = requirementsAnswerSchema.parse(await get('/models/arrival/data-requirements'));
    assert.equal(answer.id, id);
    assert.equal(answer.report.met, false);
    assert.deepEqual(answer.report.window, window);
    await get('/models/unheard-of/data-requirements', 404);
  });
});
