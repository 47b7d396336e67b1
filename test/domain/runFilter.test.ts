import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRunFilter, parseRunSort } from '../../src/domain/runFilter.js';

const comparison = (field: object, operator: string, value: unknown) => {
  return { kind: 'comparison', field, operator, value };
};
const loss = { kind: 'metric', name: 'loss' };
const status = { kind: 'column', name: 'status' };

test('and binds closer than or, not closer than both, parentheses closest', () => {
  const [a, b, c] = [
    comparison(loss, '<', 0.4),
    comparison({ kind: 'param', path: ['epochs'] }, '=', 4),
    comparison(status, '!=', 'failed'),
  ];
  assert.deepEqual(parseRunFilter('metrics.loss < 0.4 and params.epochs = 4 or status != failed'), {
    kind: 'or',
    left: { kind: 'and', left: a, right: b },
    right: c,
  });
  assert.deepEqual(parseRunFilter("not (metrics.loss<.4 OR params.epochs=4) and status != 'failed'"), {
    kind: 'and',
    left: { kind: 'not', filter: { kind: 'or', left: a, right: b } },
    right: c,
  });
});

test('names reach into what a run holds, in backticks whatever they are', () => {
  for (const [text, field] of [
    ['tags.owner.team = x', { kind: 'tag', name: 'owner.team' }],
    ['params.schedule.decay = x', { kind: 'param', path: ['schedule', 'decay'] }],
    ['metrics.base-rate = 1', { kind: 'metric', name: 'base-rate' }],
    [
      'environment.packages.`@tensorflow/tfjs-core` = x',
      { kind: 'environment', path: ['packages', '@tensorflow/tfjs-core'] },
    ],
  ] as const) {
    const filter = parseRunFilter(text);
    assert.ok(filter.kind === 'comparison');
    assert.deepEqual(filter.field, field);
  }
});

test('values are numbers, text, booleans and moments, as their field compares them', () => {
  for (const [text, value] of [
    ['cpuSeconds >= -1.5e3', -1500],
    ["tags.note = 'it''s'", "it's"],
    ['tags.fold = 4', '4'],
    ['params.shuffle = true', true],
    ['permutedLabels != false', false],
    ["started > '2026-11-25T12:00+01:00'", '2026-11-25T11:00:00.000Z'],
    ['trainer contains mlp', 'mlp'],
  ] as const) {
    const filter = parseRunFilter(text);
    assert.ok(filter.kind === 'comparison');
    assert.equal(filter.value, value, text);
  }
});

const wrong: [filter: string, character: number, problem: RegExp][] = [
  ['', 1, /a field is expected, not the end/],
  ['metrics.loss < ', 16, /a value is expected, not the end/],
  ['metrics.loss < 0.4 metrics.x = 1', 20, /"and" or "or" is expected/],
  ['metrics.loss ~ 0.4', 14, /"~" means nothing here/],
  ['metrics.loss is 0.4', 14, /one of = != < .* is expected, not is/],
  ['(status = failed', 17, /"\)" is missing before the end/],
  ["status = 'failed", 10, /the text that begins with ' has no end/],
  ['loss < 0.4', 1, /"loss" is no field of a run; there are: id, .* metrics\.…/],
  ['metrics.loss = low', 16, /a number is expected/],
  ['metrics.loss contains 4', 23, /only text can be asked what it contains/],
  ['permutedLabels = 1', 18, /true or false is expected/],
  ['params.x < true', 12, /compare by = and != only/],
  ["started > '+275760-09-13'", 11, /a moment in quotes is expected/],
  ['started > yesterday', 11, /a moment in quotes is expected/],
  ['status = failed; drop table runs', 16, /";" means nothing here/],
  [`${'('.repeat(60)}status = x`, 52, /nested too deeply/],
];
for (const [filter, character, problem] of wrong) {
  test(`the filter "${filter}" is wrong at character ${String(character)}`, () => {
    assert.throws(() => parseRunFilter(filter), {
      code: 'InvalidInput',
      message: new RegExp(`at character ${String(character)}: .*${problem.source}`, 's'),
    });
  });
}

test('a filter of any length is not read', () => {
  assert.throws(() => parseRunFilter('x'.repeat(3000)), { code: 'InvalidInput', message: /3000 characters/ });
});

test('a sort key is one field, the other way round with a minus', () => {
  assert.deepEqual(parseRunSort('-metrics.loss'), { field: loss, descending: true });
  assert.deepEqual(parseRunSort('status'), { field: status, descending: false });
  assert.throws(() => parseRunSort('status, model'), { code: 'InvalidInput' });
  assert.throws(() => parseRunSort('1'), { code: 'InvalidInput', message: /no field to sort by/ });
});
