import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { TemperedError } from '../../src/domain/errors.js';
import { parse } from '../../src/domain/parse.js';

const schema = z.strictObject({ name: z.string(), inner: z.strictObject({ list: z.array(z.int()) }) });

test('a good value comes back as the schema makes it', () => {
  const shout = z.string().transform((text) => text.toUpperCase());
  assert.equal(parse(shout, 'late', 'The name'), 'LATE');
});

test('a bad value is refused for good, naming every wrong field and what was expected', () => {
  assert.throws(
    () => parse(schema, { inner: { list: [1, 'two'] }, extra: 1 }, 'The thing'),
    (error: unknown) => {
      assert.ok(error instanceof TemperedError);
      assert.equal(error.code, 'InvalidInput');
      assert.ok(error.permanent);
      assert.match(error.message, /^The thing is not valid\. /);
      assert.match(error.message, /name: .*expected string/);
      assert.match(error.message, /inner\.list\.1: .*expected/);
      assert.match(error.message, /"extra"/);
      return true;
    },
  );
});

test('a value that is wrong as a whole says so', () => {
  assert.throws(() => parse(schema, null, 'The thing'), /\(the whole\): .*expected object/);
});
