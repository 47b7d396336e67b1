import type { CheckResult, DataCheck } from '../../domain/dataCheck.js';
import { TemperedError } from '../../domain/errors.js';
import { identifier } from '../duckdb.js';
import type { DatasetSpec } from '../source.js';

/** A check that each row passes or breaks by itself. */
export interface RowCheck {
  kind: CheckResult['kind'];
  columns: string[];
  expected: string;
  /** What is wrong with a row that breaks it. */
  problem: string;
  /** SQL that is true for such a row. */
  breaks: string;
  maxShare: number;
  /** Held against the whole source: a row without an event time lies in no window. */
  ofWholeSource: boolean;
}

const numberType = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL.*)$/;

/**
 * The checks of single rows: the target's first, then those declared.
 *
 * @param types - column → DuckDB type
 * @throws TemperedError `InvalidInput` for a range of what is no number
 */
export function rowChecks(dataset: DatasetSpec, types: ReadonlyMap<string, string>): RowCheck[] {
  const declared = dataset.checks.flatMap((check) => {
    if (check.kind === 'non-null') return [nonNullCheck(check, dataset.eventTime)];
    return check.kind === 'range' ? [rangeCheck(check, types.get(check.column) ?? '')] : [];
  });
  return [...targetChecks(dataset.target, types.get(dataset.target) ?? ''), ...declared];
}

function targetChecks(target: string, type: string): RowCheck[] {
  const column = identifier(target);
  const check = {
    kind: 'target' as const,
    columns: [target],
    expected: `the target "${target}" is true/false or 1/0`,
    maxShare: 0,
    ofWholeSource: false,
  };
  return [
    { ...check, problem: `"${target}" is NULL`, breaks: `${column} IS NULL` },
    {
      ...check,
      problem: `"${target}" is neither true/false nor 1/0`,
      breaks: numberType.test(type)
        ? `${column} NOT IN (0, 1)`
        : type === 'BOOLEAN'
          ? 'false'
          : `${column}::VARCHAR NOT IN ('true', 'false', '0', '1')`,
    },
  ];
}

function nonNullCheck({ column, maxShare }: DataCheck & { kind: 'non-null' }, eventTime: string): RowCheck {
  return {
    kind: 'non-null',
    columns: [column],
    expected: `"${column}" is there${exceptFor(maxShare)}`,
    problem: `"${column}" is NULL`,
    breaks: `${identifier(column)} IS NULL`,
    maxShare,
    ofWholeSource: column === eventTime,
  };
}

function rangeCheck(check: DataCheck & { kind: 'range' }, type: string): RowCheck {
  const { column, min, max, maxShare } = check;
  if (!numberType.test(type)) {
    throw new TemperedError(
      'InvalidInput',
      `dataset.checks has a range of "${column}", which is ${type} and not a number. Cast it in dataset.columns, or drop the check.`,
    );
  }
  const bounds = [
    ...(min === undefined ? [] : [{ words: `at least ${String(min)}`, breaks: `< ${String(min)}` }]),
    ...(max === undefined ? [] : [{ words: `at most ${String(max)}`, breaks: `> ${String(max)}` }]),
  ];
  return {
    kind: 'range',
    columns: [column],
    expected: `"${column}" is ${bounds.map(({ words }) => words).join(' and ')}${exceptFor(maxShare)}`,
    problem: `"${column}" is out of range`,
    breaks: bounds.map(({ breaks }) => `${identifier(column)} ${breaks}`).join(' OR '),
    maxShare,
    ofWholeSource: false,
  };
}

function exceptFor(maxShare: number): string {
  return maxShare === 0 ? '' : `, except in ${String(maxShare * 100)} % of the rows`;
}
