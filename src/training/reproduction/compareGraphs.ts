/** How two ONNX files of one definition differ: in what they compute, or only in their numbers. */
import { decodeGraph } from '../onnx/decodeGraph.js';

/** @returns what differs in the words of a report; the bytes are known to differ */
export function compareGraphs(recorded: Uint8Array, now: Uint8Array): string {
  const [before, after] = [decodeGraph(recorded), decodeGraph(now)];
  return (
    compareOperators(before.operators, after.operators) ??
    compareNumbers(before.numbers, after.numbers) ??
    'graph: the same operators and numbers, written otherwise'
  );
}

function compareOperators(before: readonly string[], after: readonly string[]): string | null {
  const longest = before.length > after.length ? before : after;
  const at = longest.findIndex((_, i) => before[i] !== after[i]);
  if (at === -1) return null;
  return `graph: operator ${String(at + 1)} is ${before[at] ?? 'absent'} → ${after[at] ?? 'absent'}`;
}

type Numbers = ReadonlyMap<string, Float32Array>;

function compareNumbers(before: Numbers, after: Numbers): string | null {
  let [differing, total, largest, largestPlace] = [0, 0, 0, ''];
  for (const [place, values] of after) {
    const recorded = before.get(place);
    if (recorded?.length !== values.length) {
      return `graph: ${place} has ${String(recorded?.length ?? 0)} → ${String(values.length)} numbers`;
    }
    total += values.length;
    values.forEach((value, i) => {
      const difference = Math.abs(value - (recorded[i] ?? Number.NaN));
      if (!(difference > 0)) return;
      differing += 1;
      if (difference > largest) [largest, largestPlace] = [difference, place];
    });
  }
  if (differing === 0) return null;
  return `graph: ${String(differing)} of ${String(total)} numbers differ, by up to ${largest.toPrecision(3)} (in ${largestPlace})`;
}
