/** The facets that our events carry, each by its official schema. */
import { producerUri, type Facet, type OpenLineageProducer } from './event.js';

const schemas = {
  schema: '1-2-0/SchemaDatasetFacet',
  dataSource: '1-0-1/DatasourceDatasetFacet',
  version: '1-0-1/DatasetVersionDatasetFacet',
  documentation: '1-1-0/DocumentationDatasetFacet',
  jobDocumentation: '1-1-0/DocumentationJobFacet',
  ownership: '1-0-1/OwnershipJobFacet',
  jobType: '2-0-4/JobTypeJobFacet',
  dataQualityMetrics: '1-0-3/DataQualityMetricsInputDatasetFacet',
  dataQualityAssertions: '1-1-0/DataQualityAssertionsDatasetFacet',
  outputStatistics: '1-0-2/OutputStatisticsOutputDatasetFacet',
  parent: '1-2-0/ParentRunFacet',
  errorMessage: '1-0-1/ErrorMessageRunFacet',
  processingEngine: '1-1-1/ProcessingEngineRunFacet',
  tags: '1-0-0/TagsRunFacet',
} as const;

/** A standard facet; what it holds is checked against OpenLineage's own classes in test/interop. */
export function facet(
  producer: OpenLineageProducer,
  name: keyof typeof schemas,
  content: Record<string, unknown>,
): Facet {
  const schema = schemas[name];
  return {
    _producer: producerUri(producer),
    _schemaURL: `https://openlineage.io/spec/facets/${schema}.json#/$defs/${schema.split('/')[1] ?? ''}`,
    ...content,
  };
}

/** A facet of our own on a run: nothing of it is standard but that it is a facet. */
export function ownRunFacet(producer: OpenLineageProducer, content: Record<string, unknown>): Facet {
  return {
    _producer: producerUri(producer),
    _schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet',
    ...content,
  };
}
