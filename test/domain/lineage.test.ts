import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatherLineage, lineageKeyText, type LineageKey } from '../../src/domain/lineage.js';
import { parseLineageReference } from '../../src/domain/lineageReference.js';

const run = (id: string): LineageKey => ({ kind: 'run', id });

/** A graph of runs: each line is "from to". */
function neighboursIn(lines: readonly string[], asked: string[] = []) {
  const pairs = lines.map((line) => line.split(' '));
  return (key: LineageKey, direction: 'upstream' | 'downstream') => {
    asked.push(`${direction} ${key.id}`);
    const found = pairs.flatMap(([from = '', to = '']) =>
      direction === 'upstream' ? (to === key.id ? [from] : []) : from === key.id ? [to] : [],
    );
    return Promise.resolve({
      neighbours: found.map((id) => ({ key: run(id), relation: 'made by' })),
      more: false,
    });
  };
}

const idsOf = (keys: readonly LineageKey[]) => keys.map(({ id }) => id);

test('lineage goes up from what lies upstream and down from what lies downstream, so siblings stay out', async () => {
  const { keys, edges } = await gatherLineage(run('b'), {
    directions: ['upstream', 'downstream'],
    maxKeys: 100,
    neighboursOf: neighboursIn(['a b', 'a sibling', 'b c', 'other c', 'c d']),
  });
  assert.deepEqual(idsOf(keys), ['b', 'a', 'c', 'd']);
  assert.deepEqual(
    edges.map(({ from, to }) => `${from.id} ${to.id}`),
    ['a b', 'b c', 'c d'],
  );
});

test('what is reached by two ways is asked once, and a circle ends', async () => {
  const asked: string[] = [];
  const { keys, edges } = await gatherLineage(run('a'), {
    directions: ['downstream'],
    maxKeys: 100,
    neighboursOf: neighboursIn(['a b', 'a c', 'b d', 'c d', 'd a'], asked),
  });
  assert.deepEqual(idsOf(keys), ['a', 'b', 'c', 'd']);
  assert.equal(edges.length, 5);
  assert.deepEqual(asked, ['downstream a', 'downstream b', 'downstream c', 'downstream d']);
});

test('a graph that is too large says where it goes on', async () => {
  const { keys, incomplete } = await gatherLineage(run('a'), {
    directions: ['downstream'],
    maxKeys: 3,
    neighboursOf: neighboursIn(['a b', 'b c', 'b d', 'c e']),
  });
  assert.deepEqual(idsOf(keys), ['a', 'b', 'c']);
  assert.deepEqual(
    incomplete.map(({ key, direction }) => `${direction} ${lineageKeyText(key)}`),
    ['downstream run/b', 'downstream run/c'],
  );
});

const digest = 'ab'.repeat(32);
const uuid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';
const references: [text: string, parsed: unknown][] = [
  ['flight-delay@3', { kind: null, reference: { form: 'version', name: 'flight-delay', version: 3 } }],
  ['flight-delay:v3', { kind: null, reference: { form: 'version', name: 'flight-delay', version: 3 } }],
  [
    'flight-delay@champion',
    { kind: null, reference: { form: 'version', name: 'flight-delay', version: 'champion' } },
  ],
  [
    'feature-view/airports@2',
    { kind: 'feature-view', reference: { form: 'version', name: 'airports', version: 2 } },
  ],
  ['flight-delay#12', { kind: null, reference: { form: 'epoch', model: 'flight-delay', epoch: 12 } }],
  [uuid.toUpperCase(), { kind: null, reference: { form: 'uuid', uuid } }],
  [digest, { kind: null, reference: { form: 'digest', digest } }],
  ['1b4e28ba-2f', { kind: null, reference: { form: 'prefix', prefix: '1b4e28ba-2f' } }],
  ['run/1b4e28ba', { kind: 'run', reference: { form: 'prefix', prefix: '1b4e28ba' } }],
  ['flight-delay', { kind: null, reference: { form: 'name', name: 'flight-delay' } }],
  ['nothing/flight-delay', null],
  ['Flight Delay', null],
  ['', null],
  ["x'; drop table runs", null],
];
for (const [text, parsed] of references) {
  test(`"${text}" is read as ${JSON.stringify(parsed)}`, () => {
    assert.deepEqual(parseLineageReference(text), parsed);
  });
}
