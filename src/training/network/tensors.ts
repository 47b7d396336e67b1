import type { Variable } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend.js';

export function readAll(variables: readonly Variable[]): Promise<Float32Array[]> {
  return Promise.all(variables.map(async (variable) => Float32Array.from(await variable.data())));
}

export function assignAll(
  tf: TensorFlow['tf'],
  variables: readonly Variable[],
  values: readonly Float32Array[],
): void {
  tf.tidy(() => {
    variables.forEach((variable, i) => variable.assign(tf.tensor(values[i] ?? [], variable.shape)));
  });
}
