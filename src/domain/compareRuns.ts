/** What of a run is set side by side with other runs. */
export interface ComparableRun {
  params: Readonly<Record<string, unknown>>;
  tags: Readonly<Record<string, string>>;
  metrics: Readonly<Record<string, number>>;
  facts: Readonly<Record<string, unknown>>;
}

export interface ComparedRow {
  group: 'facts' | 'params' | 'metrics' | 'tags';
  name: string;
  /** One for each run, in their order; null where a run has it not. */
  values: (string | number | null)[];
  differs: boolean;
}

const groups = ['facts', 'params', 'metrics', 'tags'] as const;

/** Sets runs side by side: a row for each thing that at least one of them has. */
export function compareRuns(runs: readonly ComparableRun[]): ComparedRow[] {
  return groups.flatMap((group) => {
    const names = [...new Set(runs.flatMap((run) => Object.keys(run[group])))];
    return names.map((name) => {
      const values = runs.map((run) => comparable(run[group][name]));
      return { group, name, values, differs: values.some((value) => value !== values[0]) };
    });
  });
}

function comparable(value: unknown): string | number | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
}
