import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toMarkdown, type SampledCheckResult } from '../../src/domain/dataRequirements.js';

const check: SampledCheckResult = {
  kind: 'range',
  columns: ['x'],
  expected: '"x" is at most 3',
  found: '"x" is out of range in 1 of 5 rows',
  met: false,
  rows: 5,
  offendingRows: 1,
  firstAt: '2001-01-01T04:00:00.000Z',
  lastAt: '2001-01-01T04:00:00.000Z',
  samples: [{ x: '99', note: 'a | b\n<script>' }],
};
const report = {
  model: 'lateness',
  source: 'rows',
  sourceSha256: 'a'.repeat(64),
  window: { from: '2001-01-01T00:00:00.000Z', to: '2001-01-02T00:00:00.000Z' },
  met: false,
  checks: [check],
};

test('the report says per check what was expected, what was found, in how many rows and since when', () => {
  const text = toMarkdown(report);
  assert.match(text, /rows from 2001-01-01T00:00:00.000Z to 2001-01-02T00:00:00.000Z/);
  assert.match(
    text,
    /\| \*\*not met\*\* \| "x" is at most 3 \| "x" is out of range in 1 of 5 rows \| 1 \| 2001-01-01T04:00:00.000Z \|/,
  );
  assert.match(
    text,
    /## "x" is at most 3\n\nFound: .*\n\nSome of them:\n\n\| x \| note \|\n\| --- \| --- \|\n/,
  );
});

test('what a row holds stays in its cell of the table', () => {
  assert.match(toMarkdown(report), /\| 99 \| a \\\| b &lt;script> \|\n/);
});

test('a report without anything unmet says so', () => {
  const met = { ...check, met: true, offendingRows: 0, firstAt: null, lastAt: null, samples: [] };
  const text = toMarkdown({ ...report, met: true, checks: [met] });
  assert.match(text, /All 1 requirements are met\./);
  assert.doesNotMatch(text, /##/);
});
