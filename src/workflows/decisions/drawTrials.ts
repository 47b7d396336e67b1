import type { SearchSpace, TrialParams } from '../../domain/tuning.js';
import { createRandom, type Random } from '../../statistics/random.js';

/** Draws for one trial before it is taken that a space without ranges holds nothing new. */
const maxDraws = 50;
/** Digits that a drawn number keeps: enough to search by, few enough to read. */
const digits = 6;

/**
 * Draws the parameters of each trial; the same seed draws the same ones, and more trials only add to them.
 *
 * @returns as many as asked for, or fewer where the space does not hold so many that differ
 */
export function drawTrials(
  space: SearchSpace,
  { trials, seed }: { trials: number; seed: number },
): TrialParams[] {
  const drawn = new Map<string, TrialParams>();
  for (let trial = 0; trial < trials; trial++) {
    const random = createRandom(seed, trial);
    for (let draw = 0; draw < maxDraws; draw++) {
      const params = drawParams(space, random);
      const key = JSON.stringify(params);
      if (drawn.has(key)) continue;
      drawn.set(key, params);
      break;
    }
  }
  return [...drawn.values()];
}

/** In the order of the parameters' names: that of a JSON object may change on its way through a database. */
function drawParams(space: SearchSpace, random: Random): TrialParams {
  const names = Object.keys(space).sort();
  return Object.fromEntries(
    names.flatMap((name) => {
      const dimension = space[name];
      return dimension === undefined ? [] : [[name, drawValue(dimension, random)]];
    }),
  );
}

function drawValue(dimension: SearchSpace[string], random: Random): TrialParams[string] {
  const share = random();
  if ('choice' in dimension) {
    return dimension.choice[Math.floor(share * dimension.choice.length)] ?? null;
  }
  if ('integer' in dimension) {
    const [from, to] = dimension.integer;
    return from + Math.floor(share * (to - from + 1));
  }
  if ('uniform' in dimension) {
    const [from, to] = dimension.uniform;
    return rounded(from + share * (to - from), from, to);
  }
  const [from, to] = dimension.logUniform;
  return rounded(Math.exp(Math.log(from) + share * (Math.log(to) - Math.log(from))), from, to);
}

function rounded(value: number, from: number, to: number): number {
  return Math.min(to, Math.max(from, Number(value.toPrecision(digits))));
}
