import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  createApiKey,
  findApiKey,
  listApiKeys,
  parseApiKey,
  revokeApiKey,
  secretDigest,
} from '../../src/store/apiKeys.js';
import { type TestDatabase, createTestDatabase } from '../support/database.js';

describe('API keys', () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.drop());

  it('stores a hash that recognizes the key, and nothing it could be read from', async () => {
    const { db } = database;
    const expiresAt = new Date('2100-01-01T00:00:00Z');
    const { id, key } = await createApiKey(db, {
      name: 'client',
      scopes: ['predict', 'status', 'predict'],
      expiresAt,
    });
    assert.match(key, /^tmp_[0-9a-f]{32}_[\w-]{43}$/);
    const parsed = parseApiKey(key);
    assert.ok(parsed);
    assert.equal(parsed.id, id);
    const stored = await findApiKey(db, id);
    assert.equal(stored?.secretSha256, secretDigest(parsed.secret).toString('hex'));
    assert.deepEqual(stored.scopes, ['predict', 'status']);
    assert.deepEqual(stored.expiresAt, expiresAt);
    const { rows } = await db.raw<{ rows: unknown[] }>('select * from api_keys');
    assert.ok(!JSON.stringify(rows).includes(parsed.secret));
  });

  it('revokes for good', async () => {
    const { db } = database;
    const { id } = await createApiKey(db, { name: 'gone', scopes: ['admin'] });
    assert.equal(await revokeApiKey(db, id), true);
    const revokedAt = (await findApiKey(db, id))?.revokedAt;
    assert.ok(revokedAt);
    await revokeApiKey(db, id);
    assert.deepEqual((await findApiKey(db, id))?.revokedAt, revokedAt);
    assert.equal(await revokeApiKey(db, '00000000-0000-4000-8000-000000000000'), false);
    assert.ok((await listApiKeys(db)).some((key) => key.id === id));
  });

  it('knows what has not the form of a key', () => {
    for (const text of [
      '',
      'tmp_',
      `tmp_${'g'.repeat(32)}_${'a'.repeat(43)}`,
      `tmp_${'a'.repeat(32)}_${'a'.repeat(44)}`,
    ]) {
      assert.equal(parseApiKey(text), null);
    }
  });
});
