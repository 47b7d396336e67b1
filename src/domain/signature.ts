import type { Feature } from './feature.js';
import { scoreOutput, type Datatype, type ModelSignature } from './tensor.js';

/** How a feature is fed to the graph. */
export function featureDatatype(feature: Feature): Datatype {
  if (feature.kind === 'numeric') return 'FP32';
  return typeof feature.values[0] === 'string' ? 'BYTES' : 'INT64';
}

/** The signature of every graph built from these features. */
export function signatureOf(features: readonly Feature[]): ModelSignature {
  return {
    inputs: features.map((feature) => ({
      name: feature.name,
      datatype: featureDatatype(feature),
      shape: [-1, 1],
      ...(feature.kind === 'numeric' && feature.missing !== undefined ? { acceptsMissing: true } : {}),
    })),
    outputs: [{ name: scoreOutput, datatype: 'FP32', shape: [-1, 1] }],
  };
}
