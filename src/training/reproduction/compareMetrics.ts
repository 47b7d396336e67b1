import type { MetricPoint } from '../../domain/training.js';

/** Where the metrics of two trainings first part, one line for each metric. */
export function compareMetrics(recorded: readonly MetricPoint[], now: readonly MetricPoint[]): string[] {
  const before = byName(recorded);
  return [...byName(now)].flatMap(([name, points]) => {
    const was = before.get(name);
    if (was === undefined) return [`metric ${name}: was not recorded`];
    const steps = [...new Set([...was.keys(), ...points.keys()])].sort((a, b) => a - b);
    const step = steps.find((candidate) => was.get(candidate) !== points.get(candidate));
    if (step === undefined) return [];
    return [
      `metric ${name}: ${valueAt(was, step)} → ${valueAt(points, step)} at step ${String(step)}, the first that differs`,
    ];
  });
}

function byName(points: readonly MetricPoint[]): Map<string, Map<number, number>> {
  const names = new Map<string, Map<number, number>>();
  for (const { name, step, value } of points) {
    names.set(name, (names.get(name) ?? new Map<number, number>()).set(step, value));
  }
  return names;
}

function valueAt(points: ReadonlyMap<number, number>, step: number): string {
  return String(points.get(step) ?? 'absent');
}
