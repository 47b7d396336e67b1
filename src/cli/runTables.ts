/** Runs as the terminal shows them. */
import type { RunComparison } from '../store/runComparison.js';
import type { RunDetails } from '../store/runDetails.js';
import type { RunSummary } from '../store/runSummary.js';
import { table } from './table.js';

export function runTable(runs: readonly RunSummary[]): string {
  return table(
    ['run', 'model', 'trainer', 'status', 'started', 'seconds', 'version', 'metrics', 'tags'],
    runs.map((run) => [
      run.id.slice(0, 8),
      run.model,
      run.trainer,
      run.deletedAt === null ? run.status : `${run.status}, deleted`,
      run.startedAt.toISOString().slice(0, 19) + 'Z',
      number(durationOf(run)),
      run.version,
      pairs(run.metrics, number),
      pairs(run.tags),
    ]),
  );
}

export function describeRun(run: RunDetails): string {
  const { environment, parity } = run;
  const facts = [
    ['run', run.id],
    ['model', run.version === null ? run.model : `${run.model}, version ${String(run.version)}`],
    ['status', run.error === null ? run.status : `${run.status}: ${run.error}`],
    ['deleted', run.deletedAt === null ? null : `${run.deletedAt.toISOString()} by ${run.deletedBy ?? '?'}`],
    ['trainer', `${run.trainer} ${pairs(run.params, short)}`.trim()],
    ['seed', `${String(run.seed)}${run.permutedLabels ? ', labels shuffled' : ''}`],
    ['started', run.startedAt.toISOString()],
    ['took', `${seconds(durationOf(run))}; CPU ${seconds(run.cpuSeconds)}; GPU ${seconds(run.gpuSeconds)}`],
    ['dataset', run.trainingDatasetId],
    ['definition', run.definitionDigest],
    ['workflow', run.workflowId],
    ['tags', pairs(run.tags) || null],
    ['backend', environment === null ? null : `${environment.backend} on Node ${environment.node}`],
    [
      'machine',
      environment === null
        ? null
        : `${String(environment.cpuCount)} × ${environment.cpuModel}, ${environment.platform}`,
    ],
    ['git commit', environment?.gitCommit ?? null],
    ['packages', environment === null ? null : pairs(environment.packages, String, ' ')],
    [
      'parity',
      parity === null
        ? null
        : `ONNX differs by at most ${number(parity.maxAbsoluteDifference)} on ${String(parity.rows)} rows`,
    ],
    ...run.artifacts.map(({ name, sha256, bytes }) => [name, `${sha256} (${String(bytes)} bytes)`]),
  ].filter(([, value]) => value !== null);
  const metrics = run.curves.map(({ name, points }) => [
    name,
    points.length,
    number(points[0]?.value ?? null),
    number(points.at(-1)?.value ?? null),
  ]);
  return [
    table(
      ['what', 'is'],
      facts.map(([what = null, is = null]) => [what, is]),
    ),
    '',
    metrics.length === 0 ? 'no metrics yet' : table(['metric', 'steps', 'first', 'last'], metrics),
  ].join('\n');
}

export function comparisonTable({ runs, rows }: RunComparison): string {
  return table(
    ['', '', ...runs.map(({ id }) => id.slice(0, 8))],
    rows.map(({ group, name, values, differs }) => [
      differs ? '*' : '',
      group === 'facts' ? name : `${group}.${name}`,
      ...values.map((value) => (typeof value === 'number' ? number(value) : shorten(value))),
    ]),
  );
}

function durationOf({ startedAt, endedAt }: RunSummary): number | null {
  return endedAt === null ? null : (endedAt.getTime() - startedAt.getTime()) / 1000;
}

function seconds(value: number | null): string {
  return value === null ? '–' : `${number(value)} s`;
}

function pairs<T>(
  record: Readonly<Record<string, T>>,
  show: (value: T) => string = String,
  between = '=',
): string {
  return Object.entries(record)
    .map(([name, value]) => `${name}${between}${show(value)}`)
    .join(', ');
}

/** Four digits that count. */
function number(value: number | null): string {
  if (value === null) return '–';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

const short = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function shorten(value: string | null): string | null {
  const widest = 40;
  return value !== null && value.length > widest ? `${value.slice(0, widest - 1)}…` : value;
}
