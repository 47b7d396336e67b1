import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend.js';

/**
 * An operator whose gradient is written out, where TensorFlow.js has none on every backend, or a slow one.
 *
 * @param kept - what the gradient needs beside the operator's input: all else is disposed after the forward pass
 * @param gradient - gets what comes from above, the input, and what was kept
 */
export function withGradient<Result extends Tensor>(
  tf: TensorFlow['tf'],
  input: Tensor,
  kept: Tensor[],
  forward: (input: Tensor) => Result,
  gradient: (upstream: Result, saved: Tensor[]) => Tensor,
): Result {
  const operator = tf.customGrad<Result>((given, save) => {
    if (!(given instanceof tf.Tensor) || typeof save !== 'function')
      throw new TypeError('one input expected');
    save([given, ...kept]);
    return { value: forward(given), gradFunc: gradient };
  });
  return operator(input);
}
