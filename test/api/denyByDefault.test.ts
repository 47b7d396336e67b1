import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { routeAccess } from '../../src/api/access.js';
import { type GatewayDependencies, createGateway } from '../../src/api/createGateway.js';
import type { GatewayApp } from '../../src/api/gatewayEnv.js';
import { ReplicaLease } from '../../src/api/serving/replicaLease.js';
import { ServedModels } from '../../src/api/serving/servedModels.js';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { createInferencePool } from '../../src/inference/pool.js';
import { type Scope, createApiKey, revokeApiKey, scopeSchema } from '../../src/store/apiKeys.js';
import { OnlineFeatureReader } from '../../src/store/onlineFeatures.js';
import { PredictionRecorder } from '../../src/store/predictionRecorder.js';
import { type TestDatabase, createTestDatabase } from '../support/database.js';

describe('invariant 7: deny by default', () => {
  let database: TestDatabase;
  let app: GatewayApp;
  let dependencies: GatewayDependencies;
  const scopes = scopeSchema.options;
  let keys: Map<Scope, string>;

  const request = (route: string, key?: string) => {
    const [method, path] = route.split(' ');
    return app.request(path?.replaceAll(/:\w+/g, 'something') ?? '', {
      method,
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    });
  };
  const routes = () =>
    app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  const guarded = Object.entries(routeAccess).filter(([, access]) => access !== 'public');

  before(async () => {
    database = await createTestDatabase();
    dependencies = gatewayDependencies(database);
    app = createGateway(dependencies);
    keys = new Map();
    for (const scope of scopes) {
      keys.set(scope, (await createApiKey(database.db, { name: scope, scopes: [scope] })).key);
    }
  });
  after(async () => {
    await dependencies.recorder.close();
    await dependencies.pool.close();
    await database.drop();
  });

  it('every route of the router is declared, with its scope or as public', () => {
    assert.deepEqual([...new Set(routes())].sort(), Object.keys(routeAccess).sort());
  });

  it('nothing answers every method but the middlewares', () => {
    assert.deepEqual(
      new Set(app.routes.filter(({ method }) => method === 'ALL').map(({ path }) => path)),
      new Set(['/*']),
    );
  });

  for (const [route, access] of guarded) {
    it(`${route} answers 401 without a key, 403 without the scope ${access}`, async () => {
      assert.equal((await request(route)).status, 401);
      for (const scope of scopes) {
        const response = await request(route, keys.get(scope));
        if (scope === access)
          assert.ok(response.status !== 401 && response.status !== 403, `${response.status}`);
        else {
          assert.equal(response.status, 403);
          assert.match(await response.text(), new RegExp(`lacks the scope \\\\"${access}\\\\"`));
        }
      }
    });
  }

  it('answers 401 to keys that are wrong, malformed, expired or revoked', async () => {
    const { db } = database;
    const right = (await createApiKey(db, { name: 'right', scopes: ['status'] })).key;
    const expired = await createApiKey(db, {
      name: 'expired',
      scopes: ['status'],
      expiresAt: new Date(Date.now() - 1),
    });
    const revoked = await createApiKey(db, { name: 'revoked', scopes: ['status'] });
    await revokeApiKey(db, revoked.id);
    const wrongSecret = right.slice(0, -1) + (right.endsWith('A') ? 'B' : 'A');
    const unknown = `tmp_${randomUUID().replaceAll('-', '')}_${'a'.repeat(43)}`;
    for (const key of [wrongSecret, unknown, 'tmp_', '', `${right}A`, expired.key, revoked.key]) {
      const response = await request('GET /models', key);
      assert.equal(response.status, 401);
      assert.equal(response.headers.get('www-authenticate'), 'Bearer');
    }
    assert.equal((await request('GET /models', right)).status, 200);
    const basic = await app.request('/models', { headers: { authorization: `Basic ${right}` } });
    assert.equal(basic.status, 401);
  });

  it('HEAD needs what GET needs', async () => {
    assert.equal((await request('HEAD /models')).status, 401);
    assert.equal((await request('HEAD /models', keys.get('predict'))).status, 403);
    assert.equal((await request('HEAD /models', keys.get('status'))).status, 200);
  });

  it('what does not exist is only told to callers with a key', async () => {
    assert.equal((await request('GET /nothing')).status, 401);
    assert.equal((await request('GET /nothing', keys.get('predict'))).status, 404);
  });

  it('a route that was added without being declared answers nobody', async () => {
    app = createGateway(dependencies);
    let reached = false;
    app.get('/forgotten', (c) => {
      reached = true;
      return c.text('secret');
    });
    assert.equal((await request('GET /forgotten')).status, 401);
    for (const scope of scopes) assert.equal((await request('GET /forgotten', keys.get(scope))).status, 404);
    assert.equal(reached, false);
  });
});

/** The real parts of a gateway that has not been started. */
function gatewayDependencies({ db, url }: TestDatabase): GatewayDependencies {
  const log = pino({ level: 'silent' });
  const replicaId = randomUUID();
  const pool = createInferencePool({ threads: 1 });
  const artifacts = openFileSystemArtifactStore('unused');
  const served = new ServedModels({ db, artifacts, pool, replicaId, log });
  const lease = new ReplicaLease({ db, replicaId, catchUp: () => served.follow([]), log });
  const recorder = new PredictionRecorder(url);
  const features = new OnlineFeatureReader(url);
  return {
    db,
    artifacts,
    log,
    served,
    pool,
    recorder,
    features,
    lease,
    maxBodyBytes: 1024,
    isClosing: () => false,
  };
}
