/** A source of numbers in [0, 1), each a multiple of 2⁻³². */
export type Random = () => number;

/**
 * xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021).
 *
 * @param state - four 32-bit words, not all zero; used up
 * @returns a function that gives the next 32-bit unsigned integer
 */
export function xoshiro128StarStar(state: Uint32Array): () => number {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/**
 * A repeatable random source: xoshiro128** whose state is spread from the seed by the 32-bit finalizer of
 * MurmurHash3 over a Weyl sequence, so that neighbouring seeds have nothing in common.
 *
 * @param stream - another number gives another sequence of the same seed
 */
export function createRandom(seed: number, stream = 0): Random {
  const next = xoshiro128StarStar(
    Uint32Array.from({ length: 4 }, (_, i) => mix(mix(seed + (i + 1) * 0x9e3779b9) + stream)),
  );
  return () => next() / 2 ** 32;
}

function mix(word: number): number {
  let hash = word | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The numbers 0 to n − 1 in random order, each order equally likely (Fisher–Yates, in Durstenfeld's form). */
export function shuffledIndices(n: number, random: Random): Uint32Array {
  const indices = Uint32Array.from({ length: n }, (_, i) => i);
  for (let last = n - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    const moved = indices[last] ?? 0;
    indices[last] = indices[chosen] ?? 0;
    indices[chosen] = moved;
  }
  return indices;
}
