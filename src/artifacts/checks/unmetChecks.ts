import type { SampledCheckResult } from '../../domain/dataRequirements.js';
import type { TimeWindow } from '../../domain/dataset.js';
import { TemperedError } from '../../domain/errors.js';

const valuesShown = 3;
const longestValue = 40;

export interface CheckedWindow {
  source: string;
  sourceSha256: string;
  window: TimeWindow;
  checks: SampledCheckResult[];
}

/** Rows that do not fulfil what their definition asks. The message has counts and a few values; `checked` has rows. */
export class UnmetChecks extends TemperedError {
  constructor(readonly checked: CheckedWindow) {
    super('UnusableData', messageFor(checked));
  }
}

function messageFor({ source, window, checks }: CheckedWindow): string {
  const unmet = checks.filter(({ met }) => !met);
  return (
    `Source "${source}" breaks ${String(unmet.length)} of ${String(checks.length)} checks in the window ${window.from} to ` +
    `${window.to}: ${unmet.map(problemOf).join('; ')}. ${unmet.map(adviceFor)[0] ?? ''}`
  );
}

function adviceFor({ kind }: SampledCheckResult): string {
  if (kind === 'rows') return 'Choose an asOf within that, or widen the window.';
  if (kind === 'target')
    return 'Make its expression a comparison, such as "delay > 15", true or false for every row.';
  return 'Mend the source, or the column or the check in the definition.';
}

function problemOf(check: SampledCheckResult): string {
  return `${check.expected}, but ${check.found}${examplesOf(check)}`;
}

/** Values of the checked columns, where they tell something: a range's or a key's. */
function examplesOf({ kind, columns, samples }: SampledCheckResult): string {
  if (kind !== 'range' && kind !== 'unique') return '';
  const values = samples.map((row) =>
    columns.map((column) => (row[column] ?? 'NULL').slice(0, longestValue)).join(' / '),
  );
  const different = [...new Set(values)].slice(0, valuesShown);
  return different.length === 0 ? '' : ` (such as ${different.join(', ')})`;
}
