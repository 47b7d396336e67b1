import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRandom, shuffledIndices, xoshiro128StarStar } from '../../src/statistics/random.js';

describe('xoshiro128**', () => {
  it("gives the reference implementation's numbers", () => {
    const next = xoshiro128StarStar(Uint32Array.of(1, 2, 3, 4));
    assert.deepEqual(
      Array.from({ length: 10 }, next),
      [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804],
    );
  });
});

describe('a seeded random source', () => {
  const draw = (seed: number, stream?: number) => Array.from({ length: 5 }, createRandom(seed, stream));

  it('repeats itself', () => assert.deepEqual(draw(42), draw(42)));

  it('differs by seed and by stream', () => {
    assert.notDeepEqual(draw(42), draw(43));
    assert.notDeepEqual(draw(42, 0), draw(42, 1));
  });

  it('spreads evenly over [0, 1)', () => {
    const random = createRandom(1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const tenth = Math.floor(random() * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    // χ² with 9 degrees of freedom exceeds 27.9 once in a thousand.
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    assert.ok(counts.length === 10 && chiSquared < 27.9, String(chiSquared));
  });
});

describe('shuffled indices', () => {
  it('hold each index once', () => {
    const indices = shuffledIndices(1000, createRandom(3));
    assert.deepEqual(
      indices.toSorted(),
      Uint32Array.from({ length: 1000 }, (_, i) => i),
    );
  });

  it('take each of the six orders of three equally often', () => {
    const random = createRandom(5);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffledIndices(3, random).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.equal(counts.size, 6);
    for (const [order, count] of counts) assert.ok(Math.abs(count - 1000) < 120, `${order}: ${count}`);
  });
});
