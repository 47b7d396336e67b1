import type { DuckDBConnection } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entity, FeatureView } from '../domain/featureView.js';
import type { Source } from '../domain/sourceConfiguration.js';
import { withSandbox } from './duckdb.js';
import { FeatureRows } from './featureRows.js';
import { createSourceView, withLocalSource } from './sources/localSource.js';

/** A view over its source, in an open DuckDB. */
export interface OpenFeatureView {
  connection: DuckDBConnection;
  view: FeatureView;
  entity: Entity;
  rows: FeatureRows;
  /** May be read and written; removed afterwards. */
  directory: string;
}

/**
 * Opens a view over its source, and closes it when `use` is done.
 *
 * @throws TemperedError as `withLocalSource` and `FeatureRows.prepare`
 */
export async function withFeatureView<Result>(
  source: Source,
  { view, entity }: { view: FeatureView; entity: Entity },
  use: (open: OpenFeatureView) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'tempered-features-'));
  try {
    return await withLocalSource(source, (local) =>
      withSandbox({ files: local.files, directory }, async (connection) => {
        await createSourceView(connection, local);
        const rows = await FeatureRows.prepare(connection, { view, entity, relation: 'source' });
        return use({ connection, view, entity, rows, directory });
      }),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
