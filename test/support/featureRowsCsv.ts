import { Readable } from 'node:stream';
import type { FeatureValue } from '../../src/domain/onlineFeatures.js';

/** One row for the online store; `values` are in alphabetical order of the features' names. */
export interface CsvFeatureRow {
  entityKey: string;
  /** UTC, without zone. */
  at: string;
  /** By default it came in when it happened. */
  known?: string;
  values: FeatureValue[];
}

/** Rows in their order of time as store/onlineFeatureRows.ts takes them: an entity's last row is its latest. */
export function featureRowsCsv(rows: readonly CsvFeatureRow[]): Readable {
  return Readable.from(
    rows.map(({ entityKey, at, known = at, values }, i) => {
      const isLatest = !rows.slice(i + 1).some((row) => row.entityKey === entityKey);
      const json = JSON.stringify(values).replaceAll('"', '""');
      return `${entityKey},${at},${known},"${json}",${String(isLatest)}\n`;
    }),
  );
}
