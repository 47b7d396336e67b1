import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { inferenceResponseSchema } from '../../src/api/inferenceSchemas.js';
import { type TestGateway, createTestGateway, inferenceRequest } from '../support/testGateway.js';

const errorSchema = z.object({ error: z.string() });
/** A recorded row without its ids. */
const rowSchema = z.object({
  model: z.string(),
  version: z.number().nullable(),
  arm: z.string().nullable(),
  epoch: z.number().nullable(),
  routing_key: z.string().nullable(),
  event_time: z.date(),
  status: z.string(),
  error: z.string().nullable(),
  inputs: z.unknown(),
  outputs: z.unknown(),
  score: z.number().nullable(),
  latency_ms: z.number(),
});

describe('POST /v2/models/{name}/infer', () => {
  let gateway: TestGateway;
  const newestRow = async () =>
    rowSchema.parse(await gateway.database.db('predictions').orderBy('recorded_at', 'desc').first());

  before(async () => {
    gateway = await createTestGateway({ maxBodyBytes: 20_000 });
  });
  after(() => gateway.close());

  it('answers with the model, its version and arm, and one recorded prediction per row', async () => {
    const response = await gateway.infer(
      inferenceRequest(2, {
        id: 'mine',
        parameters: { routing_key: 'N14228', event_time: '2001-05-01T08:30:00+02:00' },
      }),
    );
    assert.equal(response.status, 200);
    const { outputs, parameters, ...rest } = inferenceResponseSchema.parse(await response.json());
    assert.deepEqual(rest, { model_name: 'arrival', model_version: '1', id: 'mine' });
    assert.deepEqual(outputs, [{ name: 'score', datatype: 'FP32', shape: [2, 1], data: [0.25, 0.25] }]);
    assert.equal(parameters.arm, 'champion');
    assert.equal(parameters.epoch, 1);

    const rows = z
      .array(rowSchema)
      .parse(await gateway.database.db('predictions').whereIn('id', parameters.prediction_ids));
    assert.equal(rows.length, 2);
    for (const { latency_ms, ...row } of rows) {
      assert.ok(latency_ms > 0);
      assert.deepEqual(row, {
        event_time: new Date('2001-05-01T06:30:00.000Z'),
        model: 'arrival',
        version: 1,
        arm: 'champion',
        epoch: 1,
        routing_key: 'N14228',
        status: 'answered',
        error: null,
        inputs: { distance: Math.fround(850.1), age: null, hour: 3, origin: 'ATL' },
        outputs: { score: 0.25 },
        score: 0.25,
      });
    }
  });

  it('does not care what the Content-Type says, nor whether the length was announced', async () => {
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(JSON.stringify(inferenceRequest())));
        controller.close();
      },
    });
    const response = await fetch(`${gateway.gateway.url}/v2/models/arrival/infer`, {
      method: 'POST',
      body: chunked,
      duplex: 'half',
      headers: {
        authorization: `Bearer ${gateway.keys.predict}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    });
    assert.equal(response.status, 200);
  });

  it('answers only the outputs asked for', async () => {
    const response = await gateway.infer(inferenceRequest(1, { outputs: [] }));
    assert.deepEqual(inferenceResponseSchema.parse(await response.json()).outputs, []);
  });

  const tooLarge = 'x'.repeat(20_001);
  const wrong: [string, unknown, number, RegExp][] = [
    ['malformed JSON', '{"inputs": [', 400, /not valid JSON/],
    ['no JSON object', '[]', 400, /expected object/],
    ['no inputs', {}, 400, /"inputs" must be a list/],
    ['a missing feature', { inputs: inferenceRequest().inputs.slice(1) }, 400, /missing input "distance"/],
    [
      'an unknown output',
      inferenceRequest(1, { outputs: [{ name: 'price' }] }),
      400,
      /unknown output "price"; the model answers: score/,
    ],
    [
      'an event time without an offset',
      inferenceRequest(1, { parameters: { event_time: '2001-05-01T08:30:00' } }),
      400,
      /parameters\.event_time: must be an ISO 8601 time/,
    ],
    [
      'an event time PostgreSQL cannot hold',
      inferenceRequest(1, { parameters: { event_time: '0000-01-01T00:00:00Z' } }),
      400,
      /parameters\.event_time: must lie in the years/,
    ],
    [
      'a routing key that cannot be stored',
      inferenceRequest(1, { parameters: { routing_key: 'a\0' } }),
      400,
      /parameters\.routing_key/,
    ],
    ['a body over the limit', tooLarge, 413, /larger than the 20000 bytes/],
  ];
  for (const [what, body, status, message] of wrong) {
    it(`refuses ${what} with ${status}, and records that`, async () => {
      const response = await gateway.infer(body);
      assert.equal(response.status, status);
      const { error } = errorSchema.parse(await response.json());
      assert.match(error, message);
      const row = await newestRow();
      assert.equal(row.status, 'rejected');
      assert.equal(row.error, error);
    });
  }

  it('refuses a body over the limit that did not announce its length', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(1000));
        if (++sent > 1000) controller.close();
      },
    });
    const response = await fetch(`${gateway.gateway.url}/v2/models/arrival/infer`, {
      method: 'POST',
      body: endless,
      duplex: 'half',
      headers: { authorization: `Bearer ${gateway.keys.predict}` },
    });
    assert.equal(response.status, 413);
  });

  it('refuses an unknown model with 404, and records the name asked for, cut and made storable', async () => {
    const response = await gateway.infer(inferenceRequest(), { model: `%00${'m'.repeat(200)}` });
    assert.equal(response.status, 404);
    assert.match(errorSchema.parse(await response.json()).error, /There is no deployed model/);
    const row = await newestRow();
    assert.equal(row.model, `\uFFFD${'m'.repeat(99)}`);
    assert.equal(row.version, null);
  });

  it('describes itself and its models', async () => {
    const get = async (path: string) => (await gateway.request(path, { key: gateway.keys.predict })).json();
    assert.deepEqual(await get('/v2/models/arrival/ready'), { name: 'arrival', ready: true });
    assert.deepEqual(await get('/v2/health/live'), { live: true });
    assert.deepEqual(await get('/v2/health/ready'), { ready: true });
    assert.deepEqual(await get('/v2/models/arrival'), {
      name: 'arrival',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [
        { name: 'distance', datatype: 'FP32', shape: [-1, 1] },
        { name: 'age', datatype: 'FP32', shape: [-1, 1] },
        { name: 'hour', datatype: 'INT64', shape: [-1, 1] },
        { name: 'origin', datatype: 'BYTES', shape: [-1, 1] },
      ],
      outputs: [{ name: 'score', datatype: 'FP32', shape: [-1, 1] }],
    });
  });
});
