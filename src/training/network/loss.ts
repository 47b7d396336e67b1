import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { ClassWeights } from '../../domain/trainerDefinition.js';
import type { TensorFlow } from '../backend.js';
import { withGradient } from './withGradient.js';

/** What a row of each class counts. */
export interface RowWeights {
  positive: number;
  negative: number;
}

export function rowWeightsOf(
  classWeights: ClassWeights | null,
  { rows, positives }: { rows: number; positives: number },
): RowWeights {
  if (classWeights === null) return { positive: 1, negative: 1 };
  if (classWeights !== 'balanced') return classWeights;
  return { positive: rows / (2 * positives), negative: rows / (2 * (rows - positives)) };
}

/**
 * Mean cross-entropy of logits, each row times its class's weight: max(x, 0) − x·z + ln(1 + e^−|x|), which does not
 * overflow. Its gradient, (sigmoid(x) − z) ÷ rows, is written out: fewer kernels than the tape would run.
 */
export function weightedCrossEntropy(
  tf: TensorFlow['tf'],
  logits: Tensor2D,
  labels: Float32Array,
  { positive, negative }: RowWeights,
): Scalar {
  const shape: [number, number] = [labels.length, 1];
  const targets = tf.tensor2d(labels, shape);
  const weights = tf.tensor2d(
    labels.map((label) => (label === 1 ? positive : negative)),
    shape,
  );
  return withGradient(
    tf,
    logits,
    [targets, weights],
    (x) => {
      const overshoot = tf.log1p(tf.exp(tf.neg(tf.abs(x))));
      const losses = tf.add(tf.sub(tf.relu(x), tf.mul(x, targets)), overshoot);
      return tf.mean<Scalar>(tf.mul(losses, weights));
    },
    (upstream, [x = logits, z = targets, weight = weights]) =>
      tf.mul(tf.mul(tf.sub(tf.sigmoid(x), z), weight), tf.div(upstream, labels.length)),
  );
}
