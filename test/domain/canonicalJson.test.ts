import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '../../src/domain/canonicalJson.js';

test('equal values have equal texts, whatever the order of their keys', () => {
  const text = canonicalJson({ b: [{ y: 1, x: null }], a: { d: 'ß', c: true } });
  assert.equal(text, '{"a":{"c":true,"d":"ß"},"b":[{"x":null,"y":1}]}');
  assert.equal(canonicalJson({ a: { c: true, d: 'ß' }, b: [{ x: null, y: 1 }] }), text);
});

test('the order of a list is part of its value', () => {
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});

test('a field that is undefined is as good as absent', () => {
  assert.equal(canonicalJson({ a: 1, b: undefined }), canonicalJson({ a: 1 }));
});
