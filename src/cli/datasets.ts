import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { openArtifactStore } from '../artifacts/openArtifactStore.js';
import type { ColumnStatistics, DatasetVersion } from '../domain/dataset.js';
import { modelNameSchema } from '../domain/identifiers.js';
import { TemperedError } from '../domain/errors.js';
import type { Database } from '../store/database.js';
import {
  listDataRequirements,
  readDataRequirements,
  type RecordedRequirements,
} from '../store/dataRequirements.js';
import { listDatasetVersions, readDatasetVersion } from '../store/datasets.js';
import { readModel } from '../store/models.js';
import { resolveSha256Id } from '../store/sha256Ids.js';
import { readSettings, withDatabase, type DataDirectoryOption } from './settings.js';
import { table } from './table.js';

type JsonOption = DataDirectoryOption & { json?: boolean };
const listed = 50;

export function addDatasetsCommand(program: Command): void {
  const datasets = program
    .command('datasets')
    .description('look at dataset versions, and at what was asked of their data');
  datasets
    .command('list')
    .description(`the newest ${String(listed)} dataset versions`)
    .action(async (_options: unknown, command: Command) => {
      const versions = await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), (db) =>
        listDatasetVersions(db, { limit: listed }),
      );
      console.log(
        table(
          ['id', 'source', 'from', 'to', 'rows', 'bytes', 'created'],
          versions.map(({ id, source, window, rowCount, parquetBytes, createdAt }) => [
            ...[id.slice(0, 12), source, window.from, window.to, rowCount, parquetBytes],
            createdAt.toISOString(),
          ]),
        ),
      );
    });
  datasets
    .command('show')
    .description('the manifest of a dataset version: where its rows come from, statistics, checks')
    .argument('<id>', 'its id, or the first eight or more characters')
    .option('--json', 'as JSON')
    .action(async (text: string, _options: unknown, command: Command) => {
      const { json, ...option } = command.optsWithGlobals<JsonOption>();
      const version = await withDatabase(option, async (db) =>
        readDatasetVersion(db, await resolveSha256Id(db, 'dataset_versions', 'dataset version', text)),
      );
      console.log(json === true ? JSON.stringify(version, null, 2) : describeVersion(version));
    });
  datasets
    .command('requirements')
    .description('the report for those who deliver the data: what is missing, late or out of range')
    .argument('<model or id>', 'a model, for its newest report, or the id of a report')
    .option('--json', 'as JSON; by default Markdown')
    .action(async (text: string, _options: unknown, command: Command) => {
      const { json, ...option } = command.optsWithGlobals<JsonOption>();
      const { id, markdownSha256 } = await withDatabase(option, (db) => findRequirements(db, text));
      const artifacts = openArtifactStore(await readSettings(option));
      const path = await artifacts.fetch(json === true ? id : markdownSha256);
      process.stdout.write(await readFile(path, 'utf8'));
    });
}

/** @throws TemperedError `NotFound` */
async function findRequirements(db: Database, text: string): Promise<RecordedRequirements> {
  const isModel = modelNameSchema.safeParse(text).success && !/^[0-9a-f]{8,64}$/.test(text);
  if (!isModel) {
    const id = await resolveSha256Id(db, 'data_requirements', 'data requirements report', text);
    return readDataRequirements(db, id);
  }
  await readModel(db, text);
  const [newest] = await listDataRequirements(db, text, { limit: 1 });
  if (newest !== undefined) return newest;
  throw new TemperedError(
    'NotFound',
    `There is no report on the data of "${text}" yet. Train it first: tempered train ${text}`,
  );
}

function describeVersion(version: DatasetVersion): string {
  const { eventTimeRange: range } = version;
  const facts: [string, string][] = [
    ['dataset version', version.id],
    ['source', `${version.source} (${version.sourceSha256})`],
    ['window', `${version.window.from} to ${version.window.to}`],
    ['rows', `${String(version.rowCount)}${range === null ? '' : `, from ${range.from} to ${range.to}`}`],
    ['Parquet', `${version.parquetSha256}, ${String(version.parquetBytes)} bytes`],
  ];
  const types = new Map(version.columns.map(({ name, type }) => [name, type]));
  const parts = [
    facts.map(([name, value]) => `${name.padEnd(16)}${value}`).join('\n'),
    table(
      ['column', 'type', 'nulls', 'distinct', 'min', 'median', 'mean', 'max', 'most frequent'],
      version.statistics.map((column) => statisticsRow(column, types.get(column.name) ?? '')),
    ),
    table(
      ['check', 'found'],
      version.checks.map(({ expected, found }) => [expected, found]),
    ),
  ];
  return parts.join('\n\n');
}

function statisticsRow(column: ColumnStatistics, type: string): (string | number | null)[] {
  const about = column.approximate ? '~' : '';
  const short = (value: number | string | null | undefined): string | null =>
    value === null || value === undefined
      ? null
      : typeof value === 'number'
        ? String(Number(value.toPrecision(6)))
        : value;
  const median = column.quantiles === null ? null : `${about}${short(column.quantiles.p50) ?? ''}`;
  const frequent = column.topValues?.slice(0, 3).map(({ value, count }) => `${value} (${String(count)})`);
  return [
    ...[
      column.name,
      type,
      column.nulls,
      column.distinct === null ? null : `${about}${String(column.distinct)}`,
    ],
    ...[short(column.min), median, short(column.mean), short(column.max), frequent?.join(', ') ?? null],
  ];
}
