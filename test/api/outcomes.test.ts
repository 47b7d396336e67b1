import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { inferenceResponseSchema } from '../../src/api/inferenceSchemas.js';
import { type TestGateway, createTestGateway, inferenceRequest } from '../support/testGateway.js';

describe('POST /outcomes', () => {
  let gateway: TestGateway;
  const predict = async (rows: number): Promise<string[]> => {
    const response = await gateway.infer(inferenceRequest(rows));
    return inferenceResponseSchema.parse(await response.json()).parameters.prediction_ids;
  };
  const post = async (outcomes: unknown): Promise<{ status: number; body: unknown }> => {
    const response = await gateway.request('/outcomes', {
      method: 'POST',
      body: JSON.stringify({ outcomes }),
      key: gateway.keys.predict,
    });
    return { status: response.status, body: await response.json() };
  };

  before(async () => {
    gateway = await createTestGateway();
  });
  after(() => gateway.close());

  it('records each outcome once, and says which it does not know and which contradict', async () => {
    const [a = '', b = '', c = ''] = await predict(3);
    const first = [
      { prediction_id: a, label: 1, observed_at: '2001-05-01T12:00:00Z' },
      { prediction_id: b.toUpperCase(), label: false },
    ];
    assert.deepEqual(await post(first), {
      status: 200,
      body: { recorded: 2, repeated: 0, unknown: [], conflicts: [] },
    });
    assert.deepEqual(await post(first), {
      status: 200,
      body: { recorded: 0, repeated: 2, unknown: [], conflicts: [] },
    });
    const stranger = randomUUID();
    const mixed = [
      { prediction_id: a, label: 0 },
      { prediction_id: c, label: 1 },
      { prediction_id: c, label: 1 },
      { prediction_id: stranger, label: 1 },
    ];
    assert.deepEqual(await post(mixed), {
      status: 200,
      body: { recorded: 1, repeated: 1, unknown: [stranger], conflicts: [a] },
    });
    const rows = await gateway.database.db('outcomes').orderBy('label').select('prediction_id', 'label');
    assert.deepEqual(
      new Map(
        rows.map(({ prediction_id, label }: { prediction_id: string; label: number }) => [
          prediction_id,
          label,
        ]),
      ),
      new Map([
        [a, 1],
        [b, 0],
        [c, 1],
      ]),
    );
    const observed = await gateway.database.db('outcomes').where({ prediction_id: a }).pluck('observed_at');
    assert.deepEqual(observed, [new Date('2001-05-01T12:00:00Z')]);
  });

  it('does not take outcomes of requests that were refused', async () => {
    await gateway.infer({ inputs: [] });
    const [id] = await gateway.database.db('predictions').where({ status: 'rejected' }).pluck<string[]>('id');
    const { body } = await post([{ prediction_id: id, label: 1 }]);
    assert.deepEqual(body, { recorded: 0, repeated: 0, unknown: [id], conflicts: [] });
  });

  const wrong: [string, unknown, RegExp][] = [
    ['nothing', [], /outcomes: /],
    ['no id', [{ label: 1 }], /outcomes\.0\.prediction_id/],
    ['a label that is none', [{ prediction_id: randomUUID(), label: 2 }], /outcomes\.0\.label/],
    [
      'a time without offset',
      [{ prediction_id: randomUUID(), label: 1, observed_at: '2001' }],
      /outcomes\.0\.observed_at/,
    ],
    [
      'too many',
      Array.from({ length: 1001 }, () => ({ prediction_id: randomUUID(), label: 1 })),
      /outcomes: .*1000/,
    ],
  ];
  for (const [what, outcomes, message] of wrong) {
    it(`refuses ${what}, by name`, async () => {
      const { status, body } = await post(outcomes);
      assert.equal(status, 400);
      assert.match(JSON.stringify(body), message);
    });
  }
});
