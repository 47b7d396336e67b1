/** What runs are searched, sorted and compared by. */
import { TemperedError } from './errors.js';

const columns = {
  id: 'text',
  model: 'text',
  trainer: 'text',
  status: 'text',
  seed: 'number',
  permutedLabels: 'boolean',
  started: 'time',
  ended: 'time',
  durationSeconds: 'number',
  cpuSeconds: 'number',
  gpuSeconds: 'number',
} as const;

export type RunColumn = keyof typeof columns;

export type RunField =
  | { kind: 'column'; name: RunColumn }
  /** The value of a metric's last step. */
  | { kind: 'metric'; name: string }
  | { kind: 'tag'; name: string }
  /** Somewhere in a run's parameters or in the description of where it was computed. */
  | { kind: 'param' | 'environment'; path: readonly string[] };

/** What a field holds; `json` holds whatever the trainer was given. */
export type RunFieldType = 'text' | 'number' | 'boolean' | 'time' | 'json';

export function typeOfField(field: RunField): RunFieldType {
  switch (field.kind) {
    case 'column':
      return columns[field.name];
    case 'metric':
      return 'number';
    case 'tag':
      return 'text';
    case 'param':
    case 'environment':
      return 'json';
  }
}

const groups = { metrics: 'metric', tags: 'tag', params: 'param', environment: 'environment' } as const;

/**
 * The field a name stands for: a column, or `metrics.…`, `params.…`, `tags.…`, `environment.…`.
 *
 * @param path - the name, taken apart at its dots
 * @throws TemperedError `InvalidInput`, naming the fields there are
 */
export function runFieldOf(path: readonly string[]): RunField {
  const [head = '', ...rest] = path;
  if (rest.length === 0 && isColumn(head)) return { kind: 'column', name: head };
  if (rest.length > 0 && isGroup(head)) {
    const kind = groups[head];
    return kind === 'metric' || kind === 'tag' ? { kind, name: rest.join('.') } : { kind, path: rest };
  }
  const known = [...Object.keys(columns), ...Object.keys(groups).map((group) => `${group}.…`)].join(', ');
  throw new TemperedError('InvalidInput', `"${path.join('.')}" is no field of a run; there are: ${known}`);
}

function isColumn(name: string): name is RunColumn {
  return Object.hasOwn(columns, name);
}

function isGroup(name: string): name is keyof typeof groups {
  return Object.hasOwn(groups, name);
}
