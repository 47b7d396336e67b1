import type { RunEnvironment } from '../../domain/training.js';

/**
 * What of the environment differs, one line each: `backend: tfjs-node → wasm`. What decides a model's bits comes first.
 */
export function compareEnvironments(recorded: RunEnvironment, now: RunEnvironment): string[] {
  const [before, after] = [facts(recorded), facts(now)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name) ?? 'absent', after.get(name) ?? 'absent'];
    return was === is ? [] : [`${name}: ${was} → ${is}`];
  });
}

function facts({ packages, ...rest }: RunEnvironment): Map<string, string> {
  const entries = [...Object.entries(rest), ...Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1))];
  return new Map(entries.map(([name, value]) => [name, String(value ?? 'unknown')]));
}
