/** How a thing's id in lineage becomes the columns by which the database knows it, and back. */
import type { LineageKey, LineageKind } from '../../domain/lineage.js';

/** A column of a key, and the SQL type its text is cast to. */
interface KeyColumn {
  name: string;
  type: 'text' | 'integer' | 'uuid';
}

const text = (name: string): KeyColumn => ({ name, type: 'text' });
const integer = (name: string): KeyColumn => ({ name, type: 'integer' });
const uuid: readonly KeyColumn[] = [{ name: 'id', type: 'uuid' }];
const digest: readonly KeyColumn[] = [text('digest')];
const epoch: readonly KeyColumn[] = [text('model'), integer('epoch')];

export const keyColumns: Record<LineageKind, readonly KeyColumn[]> = {
  source: [text('name'), text('digest')],
  'feature-view': [text('view'), integer('version')],
  definition: digest,
  dataset: digest,
  run: uuid,
  artifact: digest,
  version: [text('model'), integer('version')],
  validation: uuid,
  rollout: uuid,
  deployment: epoch,
  predictions: epoch,
  prediction: uuid,
};

const separators: Partial<Record<LineageKind, string>> = {
  source: '@',
  'feature-view': '@',
  version: '@',
  deployment: '#',
  predictions: '#',
};

/** The values of a key's columns, in their order. */
export type KeyValues = readonly (string | number)[];

export function keyValues({ kind, id }: LineageKey): KeyValues {
  const separator = separators[kind];
  const parts = separator === undefined ? [id] : id.split(separator);
  return keyColumns[kind].map(({ type }, i) => (type === 'integer' ? Number(parts[i]) : (parts[i] ?? '')));
}

export function keyOf(kind: LineageKind, values: KeyValues): LineageKey {
  return { kind, id: values.map(String).join(separators[kind] ?? '') };
}
