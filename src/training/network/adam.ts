/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1 in the order of its section 2).
 *
 * TensorFlow.js has one, but its learning rate is fixed, and what it restores from a checkpoint is not exactly what it
 * had: the powers of its decays are computed anew. Here the step is a whole number, and everything follows from it.
 */
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend.js';

const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];

/** All variables as one vector: on small networks it is the number of kernels that counts, not their size. */
export class Adam {
  /** Batches done. */
  step = 0;
  /** The first moment of all variables, one after the other; then the second. */
  readonly moments: [Variable, Variable];

  constructor(
    private readonly tf: TensorFlow['tf'],
    private readonly variables: readonly Variable[],
  ) {
    const numbers = variables.reduce((sum, { size }) => sum + size, 0);
    const zeros = () => tf.tidy(() => tf.variable(tf.zeros([numbers]), false));
    this.moments = [zeros(), zeros()];
  }

  /** @param gradients - of the variables, in their order */
  apply(gradients: readonly Tensor[], learningRate: number): void {
    this.step += 1;
    const rate = (learningRate * Math.sqrt(1 - beta2 ** this.step)) / (1 - beta1 ** this.step);
    const { tf, variables } = this;
    const [first, second] = this.moments;
    tf.tidy(() => {
      const gradient = tf.concat(gradients.map((one) => tf.reshape(one, [-1])));
      this.decay(first, gradient, beta1);
      this.decay(second, tf.square(gradient), beta2);
      const change = tf.div(tf.mul(first, rate), tf.add(tf.sqrt(second), epsilon));
      const changes = tf.split(
        change,
        variables.map(({ size }) => size),
      );
      variables.forEach((variable, i) => {
        const own = changes[i];
        if (own !== undefined) variable.assign(tf.sub(variable, tf.reshape(own, variable.shape)));
      });
    });
  }

  private decay(moment: Variable, newest: Tensor, beta: number): void {
    moment.assign(this.tf.add(this.tf.mul(moment, beta), this.tf.mul(newest, 1 - beta)));
  }
}
