import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entityKeyText } from '../../src/domain/entityKey.js';

test('an entity’s key is one text, whatever its values hold', () => {
  const pair = { name: 'pair', description: 'two', keys: { a: 'string', b: 'integer' } } as const;
  assert.equal(entityKeyText(pair, { b: 7, a: 'x|y\\z' }), 'x\\|y\\\\z|7');
  assert.throws(() => entityKeyText(pair, { a: 'x' }), {
    code: 'InvalidInput',
    message: /needs the key "b"/,
  });
  assert.throws(() => entityKeyText(pair, { a: 'x', b: 1.5 }), { message: /"b" .* must be a whole number/ });
  assert.throws(() => entityKeyText(pair, { a: 'x', b: 1, c: 2 }), {
    message: /"c" is no key .*it has: a, b/,
  });
});
