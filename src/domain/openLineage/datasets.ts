/** What our events read and write, as OpenLineage datasets: each is a name that has versions. */
import type { CheckResult } from '../dataCheck.js';
import type { ColumnSchema, ColumnStatistics, DatasetVersion, JoinedFeatureView } from '../dataset.js';
import type { CriterionCheck } from '../validation.js';
import type { OpenLineageDataset, OpenLineageProducer } from './event.js';
import { facet } from './facets.js';

function versioned(
  producer: OpenLineageProducer,
  name: string,
  version: string,
  description: string,
): OpenLineageDataset {
  return {
    namespace: producer.namespace,
    name,
    facets: {
      version: facet(producer, 'version', { datasetVersion: version }),
      documentation: facet(producer, 'documentation', { description }),
    },
  };
}

/** The rows a dataset version was taken from, with the checks they were held to. */
export function sourceDataset(producer: OpenLineageProducer, manifest: DatasetVersion): OpenLineageDataset {
  const { source, sourceSha256 } = manifest;
  const dataset = versioned(producer, `sources.${source}`, sourceSha256, `The data source "${source}"`);
  dataset.facets['dataSource'] = dataSource(producer, source, `tempered://sources/${source}`);
  if (manifest.checks.length === 0) return dataset;
  const assertions = manifest.checks.map(checkAssertion);
  return {
    ...dataset,
    inputFacets: { dataQualityAssertions: facet(producer, 'dataQualityAssertions', { assertions }) },
  };
}

/** A dataset version, as its snapshot made it. */
export function snapshotDataset(producer: OpenLineageProducer, manifest: DatasetVersion): OpenLineageDataset {
  const { id, source, window, columns, parquetSha256 } = manifest;
  const description = `Rows of "${source}" from ${window.from} to ${window.to}, never changed`;
  const dataset = versioned(producer, `datasets.${source}`, id, description);
  dataset.facets['dataSource'] = dataSource(producer, 'artifacts', `tempered://artifacts/${parquetSha256}`);
  dataset.facets['schema'] = facet(producer, 'schema', { fields: columns.map(schemaField) });
  return dataset;
}

/** A dataset version that is written. */
export function writtenSnapshot(producer: OpenLineageProducer, manifest: DatasetVersion): OpenLineageDataset {
  const statistics = { rowCount: manifest.rowCount, size: manifest.parquetBytes, fileCount: 1 };
  return {
    ...snapshotDataset(producer, manifest),
    outputFacets: { outputStatistics: facet(producer, 'outputStatistics', statistics) },
  };
}

/** A dataset version that is read. */
export function readSnapshot(producer: OpenLineageProducer, manifest: DatasetVersion): OpenLineageDataset {
  const metrics = {
    rowCount: manifest.rowCount,
    bytes: manifest.parquetBytes,
    fileCount: 1,
    columnMetrics: Object.fromEntries(manifest.statistics.map(columnMetrics)),
  };
  return {
    ...snapshotDataset(producer, manifest),
    inputFacets: { dataQualityMetrics: facet(producer, 'dataQualityMetrics', metrics) },
  };
}

export function featureViewDataset(
  producer: OpenLineageProducer,
  { view, version }: JoinedFeatureView,
): OpenLineageDataset {
  return versioned(producer, `feature-views.${view}`, String(version), `The feature view "${view}"`);
}

/** The ONNX file that a run made. */
export function modelFile(producer: OpenLineageProducer, model: string, sha256: string): OpenLineageDataset {
  const dataset = versioned(producer, `model-files.${model}`, sha256, `An ONNX graph of "${model}"`);
  dataset.facets['dataSource'] = dataSource(producer, 'artifacts', `tempered://artifacts/${sha256}`);
  return dataset;
}

export function modelVersion(
  producer: OpenLineageProducer,
  model: string,
  version: number,
): OpenLineageDataset {
  return versioned(producer, `models.${model}`, String(version), `Version ${String(version)} of "${model}"`);
}

/** A model version that is judged, with what it was held to. */
export function judgedVersion(
  producer: OpenLineageProducer,
  model: string,
  version: number,
  checks: readonly CriterionCheck[],
): OpenLineageDataset {
  const assertions = checks.map(({ criterion, bound, value, passed }) => ({
    assertion: criterion,
    success: passed,
    expected: bound,
    actual: String(value),
  }));
  return {
    ...modelVersion(producer, model, version),
    inputFacets: { dataQualityAssertions: facet(producer, 'dataQualityAssertions', { assertions }) },
  };
}

export function referenceProfile(
  producer: OpenLineageProducer,
  model: string,
  sha256: string,
): OpenLineageDataset {
  const description = `How features, score and loss of "${model}" were distributed when it was validated`;
  const dataset = versioned(producer, `reference-profiles.${model}`, sha256, description);
  dataset.facets['dataSource'] = dataSource(producer, 'artifacts', `tempered://artifacts/${sha256}`);
  return dataset;
}

function dataSource(producer: OpenLineageProducer, name: string, uri: string) {
  return facet(producer, 'dataSource', { name, uri });
}

function schemaField({ name, type }: ColumnSchema, position: number) {
  return { name, type, ordinal_position: position + 1 };
}

/** What OpenLineage asks of a column; extremes only of numbers, since it has no others. */
function columnMetrics({ name, nulls, distinct, min, max, quantiles }: ColumnStatistics) {
  const metrics = {
    nullCount: nulls,
    ...(distinct === null ? {} : { distinctCount: distinct }),
    ...(typeof min === 'number' ? { min } : {}),
    ...(typeof max === 'number' ? { max } : {}),
    ...(quantiles === null ? {} : { quantiles: quantilesByShare(quantiles) }),
  };
  return [name, metrics] as const;
}

function quantilesByShare({ p05, p25, p50, p75, p95 }: NonNullable<ColumnStatistics['quantiles']>) {
  return { '0.05': p05, '0.25': p25, '0.5': p50, '0.75': p75, '0.95': p95 };
}

function checkAssertion({ kind, columns, expected, found, met }: CheckResult) {
  const [column] = columns;
  const ofOneColumn = columns.length === 1 && column !== undefined ? { column } : {};
  return { assertion: kind, success: met, ...ofOneColumn, expected, actual: found };
}
