/** The training rows in memory, compactly: 4 bytes a number, 2 bytes a category, 1 byte a label. */
import type { ColumnBatch } from '../../domain/dataset.js';
import type { Feature } from '../../domain/feature.js';
import type { TrainingData } from '../trainingData.js';
import type { RawColumns } from './encoding.js';

export interface TrainingSet extends RawColumns {
  /** 1 or 0. */
  labels: Uint8Array;
}

const batchRows = 8192;

/** Reads the rows of a snapshot, in order. */
export async function readTrainingSet(
  features: readonly Feature[],
  data: TrainingData,
): Promise<TrainingSet> {
  const labels = new Uint8Array(data.rows);
  const columns = allocate(features, data.rows);
  let offset = 0;
  for await (const batch of data.batches({ batchRows })) {
    copyRows(features, batch.columns, columns, offset);
    labels.set(batch.labels, offset);
    offset += batch.labels.length;
  }
  return { ...columns, labels };
}

/** The rows of one batch, as the encoding takes them. */
export function toRawColumns(features: readonly Feature[], batch: ColumnBatch): RawColumns {
  const rows = features.reduce((most, { name }) => Math.max(most, batch[name]?.length ?? 0), 0);
  const columns = allocate(features, rows);
  copyRows(features, batch, columns, 0);
  return columns;
}

interface Columns extends RawColumns {
  numeric: Map<string, Float32Array>;
  categorical: Map<string, Uint16Array>;
}

function allocate(features: readonly Feature[], rows: number): Columns {
  const columns: Columns = { rows, numeric: new Map(), categorical: new Map() };
  for (const { kind, name } of features) {
    if (kind === 'numeric') columns.numeric.set(name, new Float32Array(rows));
    else columns.categorical.set(name, new Uint16Array(rows));
  }
  return columns;
}

function copyRows(features: readonly Feature[], batch: ColumnBatch, columns: Columns, offset: number): void {
  for (const feature of features) {
    const { name } = feature;
    if (feature.kind === 'numeric') columns.numeric.get(name)?.set(numbersOf(batch, name), offset);
    else columns.categorical.get(name)?.set(positionsOf(feature.values, batch[name] ?? []), offset);
  }
}

function numbersOf(batch: ColumnBatch, name: string): Float32Array {
  const column = batch[name];
  if (column instanceof Float32Array) return column;
  throw new TypeError(`Column "${name}" was not read as numbers.`);
}

/** Positions of values among the declared ones; the position after the last for any other value. */
function positionsOf(
  declared: readonly number[] | readonly string[],
  column: ColumnBatch[string],
): Uint16Array {
  const positions = new Map<number | string, number>();
  declared.forEach((value, position) => positions.set(value, position));
  const found = new Uint16Array(column.length);
  let row = 0;
  for (const value of column) {
    const known = positions.get(typeof value === 'bigint' ? Number(value) : value);
    found[row++] = known ?? declared.length;
  }
  return found;
}
