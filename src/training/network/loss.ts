import type { ClassWeights } from '../../domain/trainerDefinition.js';

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
 * overflow; and its derivative by each logit, (sigmoid(x) − z) ÷ rows. In FP64, and not by TensorFlow: for one number
 * a row, a dozen kernels would cost more than the numbers.
 */
export function weightedCrossEntropy(
  logits: Float32Array,
  labels: Float32Array,
  { positive, negative }: RowWeights,
): { loss: number; slopes: Float32Array } {
  const slopes = new Float32Array(logits.length);
  let sum = 0;
  logits.forEach((x, row) => {
    const z = labels[row] ?? Number.NaN;
    const weight = z === 1 ? positive : negative;
    sum += weight * (Math.max(x, 0) - x * z + Math.log1p(Math.exp(-Math.abs(x))));
    slopes[row] = (weight * (1 / (1 + Math.exp(-x)) - z)) / logits.length;
  });
  return { loss: sum / logits.length, slopes };
}
