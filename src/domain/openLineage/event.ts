/** OpenLineage run events (https://openlineage.io/spec/2-0-2/OpenLineage.json), as this project sends them. */

const eventSchemaUrl = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';

export type OpenLineageEventType = 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';

/** Who sends events, and in which namespace its jobs and datasets are. */
export interface OpenLineageProducer {
  namespace: string;
  /** This package's version. */
  version: string;
}

/** A facet with what every facet has. */
export interface Facet {
  _producer: string;
  _schemaURL: string;
  [property: string]: unknown;
}

export type Facets = Record<string, Facet>;

export interface OpenLineageDataset {
  namespace: string;
  name: string;
  facets: Facets;
  inputFacets?: Facets;
  outputFacets?: Facets;
}

export interface OpenLineageEvent {
  eventType: OpenLineageEventType;
  eventTime: string;
  run: { runId: string; facets: Facets };
  job: { namespace: string; name: string; facets: Facets };
  inputs: OpenLineageDataset[];
  outputs: OpenLineageDataset[];
  producer: string;
  schemaURL: string;
}

/** Everything of an event but what all events of a producer have in common. */
export interface EventContent {
  type: OpenLineageEventType;
  /** ISO 8601. */
  time: string;
  /** A UUID. */
  runId: string;
  runFacets: Facets;
  job: { name: string; facets: Facets };
  inputs: OpenLineageDataset[];
  outputs: OpenLineageDataset[];
}

export function openLineageEvent(producer: OpenLineageProducer, content: EventContent): OpenLineageEvent {
  return {
    eventType: content.type,
    eventTime: content.time,
    run: { runId: content.runId, facets: content.runFacets },
    job: { namespace: producer.namespace, ...content.job },
    inputs: content.inputs,
    outputs: content.outputs,
    producer: producerUri(producer),
    schemaURL: eventSchemaUrl,
  };
}

export function producerUri({ version }: OpenLineageProducer): string {
  return `https://www.npmjs.com/package/tempered/v/${version}`;
}
