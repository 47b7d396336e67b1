/** A feed-forward network over encoded rows: embeddings beside the columns, rectified hidden layers, one logit. */
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { createRandom } from '../../statistics/random.js';
import type { TensorFlow } from '../backend.js';
import type { EncodedRows, Encoding } from './encoding.js';

/** One dense layer as trained: `kernel` is row-major [inputs, units]. */
export interface DenseLayer {
  inputs: number;
  units: number;
  kernel: Float32Array;
  bias: Float32Array;
  activation: 'relu' | 'sigmoid';
}

/** What training found, layer by layer; embeddings in the order of the encoding, each row-major [values + 1, dimension]. */
export interface NetworkWeights {
  embeddings: Float32Array[];
  layers: DenseLayer[];
}

/** What the gradients need of a forward pass. */
interface ForwardPass {
  logits: Tensor2D;
  /** Columns and embeddings side by side. */
  inputs: Tensor2D;
  /** For each table, the position of each row's value. */
  indices: Tensor1D[];
  layers: { kernel: Tensor; input: Tensor2D }[];
}

/** Streams of the seed from which the first weights are drawn; epochs use the streams from 1 on. */
const weightStreams = 2 ** 30;

export class Network {
  /** Tables of embeddings, then kernel and bias of each layer. */
  readonly variables: Variable[];
  private readonly tables: Variable[];
  /** Columns and numbers of embeddings. */
  private readonly inputs: number;
  /** Whether the backend has a kernel for it; WebAssembly has none. */
  private readonly sumsSegments: boolean;

  /** @param hiddenUnits - of each hidden layer; the first weights follow from the seed */
  constructor(
    private readonly tf: TensorFlow['tf'],
    private readonly encoding: Encoding,
    hiddenUnits: readonly number[],
    seed: number,
  ) {
    const { embedded, width } = encoding;
    const kernels = tf.getKernelsForBackend(tf.getBackend());
    this.sumsSegments = kernels.some(({ kernelName }) => kernelName === 'UnsortedSegmentSum');
    this.tables = embedded.map(({ values, dimension }, i) =>
      this.drawn([values.length + 1, dimension], embeddingLimit, createRandom(seed, weightStreams + i)),
    );
    this.inputs = embedded.reduce((sum, { dimension }) => sum + dimension, width);
    const sizes = [this.inputs, ...hiddenUnits, 1];
    const layers = sizes.slice(1).flatMap((units, i) => {
      const before = sizes[i] ?? 0;
      const random = createRandom(seed, weightStreams + embedded.length + i);
      return [
        this.drawn([before, units], glorotLimit(before, units), random),
        tf.variable(tf.zeros([units])),
      ];
    });
    this.variables = [...this.tables, ...layers];
  }

  private drawn(shape: [number, number], limit: number, random: () => number): Variable {
    const values = Float32Array.from({ length: shape[0] * shape[1] }, () => (2 * random() - 1) * limit);
    return this.tf.tidy(() => this.tf.variable(this.tf.tensor2d(values, shape)));
  }

  /** The logit of each row, [rows, 1]. To be called within `tidy`. */
  logits(rows: EncodedRows): Tensor2D {
    return this.forward(rows).logits;
  }

  /**
   * The gradient of each variable, in their order. To be called within `tidy`. Written out: the tape of TensorFlow.js
   * would run three times as many kernels, and on small batches it is their number that counts.
   *
   * @param slopesOf - the derivative of the loss by the logit of each row
   */
  gradients(rows: EncodedRows, slopesOf: (logits: Float32Array) => Float32Array): Tensor[] {
    const { tf } = this;
    const { logits, indices, inputs, layers } = this.forward(rows);
    const slopes = slopesOf(Float32Array.from(logits.dataSync()));
    let upstream: Tensor2D = tf.tensor2d(slopes, [rows.rows, 1]);
    const gradients: Tensor[] = [];
    for (const { kernel, input } of layers.reverse()) {
      gradients.unshift(tf.matMul(input, upstream, true), tf.sum(upstream, 0));
      if (input === inputs && indices.length === 0) break;
      upstream = tf.matMul<Tensor2D>(upstream, kernel, false, true);
      // Nothing comes back through a rectified unit that gave 0; the inputs are not rectified.
      if (input !== inputs) upstream = tf.mul(upstream, tf.cast(tf.greater(input, 0), 'float32'));
    }
    return [...this.tableGradients(upstream, indices), ...gradients];
  }

  private forward({ rows, columns, positions }: EncodedRows): ForwardPass {
    const { tf } = this;
    const indices = this.tables.map((_, i) => tf.tensor1d(positions[i] ?? new Int32Array(), 'int32'));
    const blocks: Tensor[] = indices.map((at, i) => tf.gather(this.tables[i] ?? missing(), at));
    if (this.encoding.width > 0) blocks.unshift(tf.tensor2d(columns, [rows, this.encoding.width]));
    const [only = missing()] = blocks;
    const inputs: Tensor2D = tf.reshape(blocks.length === 1 ? only : tf.concat(blocks, 1), [
      rows,
      this.inputs,
    ]);
    const layers: ForwardPass['layers'] = [];
    const weights = this.variables.slice(this.tables.length);
    let values = inputs;
    for (let i = 0; i < weights.length; i += 2) {
      const [kernel = missing(), bias = missing()] = [weights[i], weights[i + 1]];
      layers.push({ kernel, input: values });
      const activation = i + 2 === weights.length ? 'linear' : 'relu';
      values = tf.reshape(tf.fused.matMul({ a: values, b: kernel, bias, activation }), [rows, bias.size]);
    }
    return { logits: values, inputs, indices, layers };
  }

  /** @param upstream - the derivative by each of the network's inputs */
  private tableGradients(upstream: Tensor2D, indices: readonly Tensor1D[]): Tensor[] {
    if (indices.length === 0) return [];
    const { width, embedded } = this.encoding;
    const dimensions = embedded.map(({ dimension }) => dimension);
    const blocks = this.tf.split(upstream, width > 0 ? [width, ...dimensions] : dimensions, 1);
    return indices.map((at, i) => {
      const block = blocks[i + (width > 0 ? 1 : 0)] ?? missing();
      return this.sumByPosition(block, at, (embedded[i]?.values.length ?? 0) + 1);
    });
  }

  /** For each position the sum of its rows, [count, dimension]. */
  private sumByPosition(rows: Tensor, positions: Tensor1D, count: number): Tensor {
    const { tf } = this;
    if (this.sumsSegments) return tf.unsortedSegmentSum(rows, positions, count);
    // oneHot must not be asked for FP32: the WebAssembly backend would write whole numbers into it.
    return tf.matMul(tf.cast(tf.oneHot(positions, count), 'float32'), rows, true);
  }

  /** The probability of each row. */
  async scores(rows: EncodedRows): Promise<Float32Array> {
    const scores = this.tf.tidy(() => this.tf.sigmoid(this.logits(rows)));
    const values = Float32Array.from(await scores.data());
    scores.dispose();
    return values;
  }

  async weights(): Promise<NetworkWeights> {
    const read = await Promise.all(
      this.variables.map(async (variable) => ({
        shape: variable.shape,
        values: Float32Array.from(await variable.data()),
      })),
    );
    const layers: DenseLayer[] = [];
    for (let i = this.tables.length; i < read.length; i += 2) {
      const [kernel, bias] = [read[i], read[i + 1]];
      if (kernel === undefined || bias === undefined) missing();
      const [inputs = 0, units = 0] = kernel.shape;
      const activation = i + 2 === read.length ? 'sigmoid' : 'relu';
      layers.push({ inputs, units, kernel: kernel.values, bias: bias.values, activation });
    }
    return { embeddings: read.slice(0, this.tables.length).map(({ values }) => values), layers };
  }
}

function missing(): never {
  throw new Error('A dense layer has a kernel and a bias, and an embedding a table and its positions.');
}

/** Of an embedding's first numbers: small, so that no value stands out before it was trained. */
const embeddingLimit = 0.05;

/** Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, eq. 16. */
function glorotLimit(inputs: number, units: number): number {
  return Math.sqrt(6 / (inputs + units));
}
