import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { modelListSchema, modelStatusSchema, rolloutStatusSchema } from '../../src/api/modelSchemas.js';
import { routeAccess } from '../../src/api/access.js';
import { recordRolloutDecision } from '../../src/store/rollouts.js';
import { recordWindow } from '../../src/store/monitoring.js';
import { type TestGateway, createTestGateway } from '../support/testGateway.js';

describe('status', () => {
  let gateway: TestGateway;
  const get = async (path: string): Promise<unknown> => {
    const response = await gateway.request(path, { key: gateway.keys.status });
    assert.equal(response.status, 200, await response.clone().text());
    return response.json();
  };

  before(async () => {
    gateway = await createTestGateway();
  });
  after(() => gateway.close());

  it('lists models with their deployment', async () => {
    const { models } = modelListSchema.parse(await get('/models'));
    assert.deepEqual(
      models.map(({ name, owner, deployment }) => [name, owner, deployment?.epoch, deployment?.cause]),
      [['arrival', 'tests', 1, 'baseline']],
    );
  });

  it('tells all that is known of a model', async () => {
    const { db } = gateway.database;
    assert.deepEqual(await get('/models/arrival/rollout'), { rollout: null });
    const { version } = await gateway.served.addVersion(0.5);
    const epoch = await gateway.served.deployChallenger(version, 0.5);
    const window = { from: '2001-05-01T00:00:00.000Z', to: '2001-05-02T00:00:00.000Z' };
    await recordWindow(db, 'arrival', 1, {
      window,
      status: 'inconclusive',
      reason: 'no predictions',
      predictions: 0,
      outcomes: 0,
      columns: [],
      driftedColumns: [],
      logLossIncrease: null,
      positiveRate: null,
    });
    const status = modelStatusSchema.parse(await get('/models/arrival'));
    assert.equal(status.deployment?.epoch, epoch);
    assert.equal(status.acknowledgement?.epoch, epoch);
    assert.equal(status.acknowledgement.liveReplicas, 1);
    assert.deepEqual(
      status.versions.map((each) => [each.version, each.kind]),
      [
        [2, 'trained'],
        [1, 'baseline'],
      ],
    );
    assert.equal(status.validations[0]?.verdict, 'passed');
    assert.equal(status.windows[0]?.status, 'inconclusive');

    const rollout = rolloutStatusSchema.parse(await get('/models/arrival/rollout')).rollout;
    assert.ok(rollout);
    const arm = {
      requests: 0,
      failed: 0,
      latencyP99Ms: null,
      outcomes: 0,
      meanLogLoss: null,
      logLossVariance: null,
    };
    const decision = { action: 'hold' as const, reason: 'no outcomes', logLossDifference: null };
    await recordRolloutDecision(db, rollout.id, {
      ...decision,
      sequence: 0,
      stage: 0,
      evidence: { stage: { champion: { version: 1, ...arm }, challenger: { version: 2, ...arm } }, decision },
    });
    const again = rolloutStatusSchema.parse(await get('/models/arrival/rollout')).rollout;
    assert.deepEqual(
      again?.decisions.map(({ action, reason }) => [action, reason]),
      [['hold', 'no outcomes']],
    );
  });

  it('answers 404 for a model that does not exist', async () => {
    for (const path of ['/models/nobody', '/models/nobody/rollout']) {
      const response = await gateway.request(path, { key: gateway.keys.status });
      assert.equal(response.status, 404);
      assert.match(await response.text(), /There is no model \\"nobody\\"/);
    }
  });

  it('describes every route that is no page as OpenAPI 3.1', async () => {
    const response = await gateway.request('/openapi.json');
    const description = z
      .object({ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse(await response.json());
    assert.equal(description.openapi, '3.1.0');
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    const pages = [
      'GET /',
      'GET /docs',
      'GET /pages/features',
      'GET /pages/runs',
      'GET /assets/:file',
      'GET /openapi.json',
    ];
    assert.deepEqual([...described, ...pages].sort(), Object.keys(routeAccess).sort());
  });

  it('serves pages that may load nothing from elsewhere, and all they ask for', async () => {
    for (const path of ['/', '/docs', '/pages/features', '/pages/runs']) {
      const response = await gateway.request(path);
      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
      assert.match(
        response.headers.get('content-security-policy') ?? '',
        /^default-src 'none'; script-src 'self';/,
      );
      const html = await response.text();
      const assets = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, asset]) => asset ?? '');
      assert.ok(assets.length >= 2);
      for (const asset of assets) assert.equal((await gateway.request(asset)).status, 200, asset);
    }
    assert.equal((await gateway.request('/assets/package.json')).status, 404);
    assert.equal((await gateway.request('/assets/..%2fcreateGateway.ts')).status, 404);
  });
});
