/** The training rows in memory, compactly: 4 bytes a number, 2 bytes a category, 1 byte a label. */
import { countRows, readColumns } from '../artifacts/columns.js';
import type { ColumnBatch } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import type { Feature } from '../domain/feature.js';
import type { RawColumns } from './encoding.js';

export interface TrainingSet extends RawColumns {
  /** 1 or 0. */
  labels: Uint8Array;
}

const batchRows = 8192;

/**
 * Reads the rows of a snapshot, in order.
 *
 * @throws TemperedError `UnusableData` where the target has one class only; and as `readColumns`
 */
export async function readTrainingSet(
  datasetPath: string,
  features: readonly Feature[],
  target: string,
): Promise<TrainingSet> {
  const rows = await countRows(datasetPath);
  const labels = new Uint8Array(rows);
  const numeric = new Map<string, Float32Array>();
  const categorical = new Map<string, Uint16Array>();
  const keepers = features.map((feature) => {
    const { name } = feature;
    if (feature.kind === 'numeric') {
      const numbers = new Float32Array(rows);
      numeric.set(name, numbers);
      return (batch: ColumnBatch, offset: number) => numbers.set(numbersOf(batch, name), offset);
    }
    const positions = new Uint16Array(rows);
    categorical.set(name, positions);
    const positionsOf = positionLookup(feature.values);
    return (batch: ColumnBatch, offset: number) => positions.set(positionsOf(batch[name] ?? []), offset);
  });

  let offset = 0;
  for await (const batch of readColumns(datasetPath, { features, target, batchRows })) {
    for (const keep of keepers) keep(batch, offset);
    const targets = numbersOf(batch, target);
    labels.set(targets, offset);
    offset += targets.length;
  }
  checkBothClasses(labels, target);
  return { rows, labels, numeric, categorical };
}

function numbersOf(batch: ColumnBatch, name: string): Float32Array {
  const column = batch[name];
  if (column instanceof Float32Array) return column;
  throw new TypeError(`Column "${name}" was not read as numbers.`);
}

/** Maps values to their positions among the declared ones; any other value to the position after the last. */
function positionLookup(declared: readonly number[] | readonly string[]) {
  const positions = new Map<number | string, number>();
  declared.forEach((value, position) => positions.set(value, position));
  const positionOf = (value: number | bigint | string) =>
    positions.get(typeof value === 'bigint' ? Number(value) : value) ?? declared.length;
  return (column: ColumnBatch[string]): Uint16Array => {
    const found = new Uint16Array(column.length);
    let row = 0;
    for (const value of column) found[row++] = positionOf(value);
    return found;
  };
}

/** @throws TemperedError `UnusableData` where the labels are all alike, or there are none */
function checkBothClasses(labels: Uint8Array, target: string): void {
  if (labels.includes(0) && labels.includes(1)) return;
  const found =
    labels.length === 0 ? 'there are no rows' : `all ${labels.length} rows have ${String(labels[0] === 1)}`;
  throw new TemperedError(
    'UnusableData',
    `The target "${target}" needs rows of both classes, but ${found}. Widen training.days, or mend the target's expression.`,
  );
}
