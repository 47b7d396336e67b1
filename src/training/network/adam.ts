/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1 in the order of its section 2).
 *
 * TensorFlow.js has one, but its learning rate is fixed, and what it restores from a checkpoint is not exactly what it
 * had: the powers of its decays are computed anew. Here the step is a whole number, and everything follows from it.
 */
import type { NamedTensorMap, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend.js';

const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];

export class Adam {
  /** Batches done. */
  step = 0;
  /** The first moment of each variable, then the second of each. */
  readonly moments: Variable[];

  constructor(
    private readonly tf: TensorFlow['tf'],
    private readonly variables: readonly Variable[],
  ) {
    const zeros = ({ shape }: Variable) => tf.tidy(() => tf.variable(tf.zeros(shape), false));
    this.moments = [...variables.map(zeros), ...variables.map(zeros)];
  }

  /** @param gradients - by the variables' names, as `variableGrads` gives them */
  apply(gradients: NamedTensorMap, learningRate: number): void {
    this.step += 1;
    const rate = (learningRate * Math.sqrt(1 - beta2 ** this.step)) / (1 - beta1 ** this.step);
    this.variables.forEach((variable, i) => {
      const gradient = gradients[variable.name];
      const [first, second] = [this.moments[i], this.moments[this.variables.length + i]];
      if (gradient === undefined || first === undefined || second === undefined) return;
      const { tf } = this;
      tf.tidy(() => {
        this.decay(first, gradient, beta1);
        this.decay(second, tf.square(gradient), beta2);
        const step = tf.div(tf.mul(first, rate), tf.add(tf.sqrt(second), epsilon));
        variable.assign(tf.sub(variable, step));
      });
    });
  }

  private decay(moment: Variable, newest: Tensor, beta: number): void {
    moment.assign(this.tf.add(this.tf.mul(moment, beta), this.tf.mul(newest, 1 - beta)));
  }
}
