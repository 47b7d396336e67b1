import type { ColumnBatch } from '../../domain/dataset.js';
import { TemperedError } from '../../domain/errors.js';
import type { Feature } from '../../domain/feature.js';
import type { ImportedModel } from '../../domain/importedModel.js';
import { tolerance } from '../parity.js';

type Samples = ImportedModel['samples'];

/** @throws TemperedError `InvalidInput` where a sample lacks a feature, or has a value of another kind */
export function toBatch(samples: Samples, features: readonly Feature[]): ColumnBatch {
  return Object.fromEntries(
    features.map((feature): [string, ColumnBatch[string]] => {
      const values = samples.map(({ inputs }, i) => inputs[feature.name] ?? missing(feature, inputs, i));
      if (feature.kind === 'numeric') return [feature.name, Float32Array.from(values, Number)];
      if (typeof feature.values[0] === 'string') return [feature.name, values.map(String)];
      return [feature.name, BigInt64Array.from(values, (value) => BigInt(value))];
    }),
  );
}

function missing(feature: Feature, inputs: Samples[number]['inputs'], index: number): number {
  if (feature.kind === 'numeric' && inputs[feature.name] === null) return Number.NaN;
  throw new TemperedError('InvalidInput', `Sample ${index} of the manifest has no "${feature.name}".`);
}

/**
 * @returns the largest difference between what the served graph answers and what the notebook saw
 * @throws TemperedError `UnusableModel` where a sample differs by more than 1e-5
 */
export function compareSamples(samples: Samples, scores: Float32Array): number {
  let largest = 0;
  samples.forEach(({ score }, i) => {
    const answered = scores[i] ?? Number.NaN;
    const difference = Math.abs(answered - score);
    // NaN must not pass.
    if (!(difference <= tolerance)) {
      throw new TemperedError(
        'UnusableModel',
        `The imported model answers ${answered} to sample ${i} (counted from 0) of its manifest, which says ${score} (allowed: ${tolerance} apart). Look whether the columns of "inputs" are in the order of the training, and whether the notebook scored raw features.`,
      );
    }
    largest = Math.max(largest, difference);
  });
  return largest;
}
