/** A feed-forward network over encoded rows: embeddings beside the columns, rectified hidden layers, one logit. */
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { createRandom } from '../../statistics/random.js';
import type { TensorFlow } from '../backend.js';
import type { EncodedRows, Encoding } from './encoding.js';
import { withGradient } from './withGradient.js';

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

/** Streams of the seed from which the first weights are drawn; epochs use the streams from 1 on. */
const weightStreams = 2 ** 30;

export class Network {
  /** Tables of embeddings, then kernel and bias of each layer. */
  readonly variables: Variable[];
  private readonly tables: Variable[];

  /** @param hiddenUnits - of each hidden layer; the first weights follow from the seed */
  constructor(
    private readonly tf: TensorFlow['tf'],
    private readonly encoding: Encoding,
    hiddenUnits: readonly number[],
    seed: number,
  ) {
    const { embedded, width } = encoding;
    this.tables = embedded.map(({ values, dimension }, i) =>
      this.drawn([values.length + 1, dimension], embeddingLimit, createRandom(seed, weightStreams + i)),
    );
    const inputs = embedded.reduce((sum, { dimension }) => sum + dimension, width);
    const sizes = [inputs, ...hiddenUnits, 1];
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
  logits({ rows, columns, positions }: EncodedRows): Tensor2D {
    const { tf } = this;
    const blocks: Tensor[] = this.tables.map((table, i) =>
      this.lookUp(table, positions[i] ?? new Int32Array()),
    );
    if (this.encoding.width > 0) blocks.unshift(tf.tensor2d(columns, [rows, this.encoding.width]));
    const [only] = blocks;
    let values: Tensor = blocks.length === 1 && only !== undefined ? only : tf.concat(blocks, 1);
    const layers = this.variables.slice(this.tables.length);
    for (let i = 0; i < layers.length; i += 2) {
      const [kernel, bias] = [layers[i], layers[i + 1]];
      if (kernel === undefined || bias === undefined) throw notALayer();
      const activation = i + 2 === layers.length ? 'linear' : 'relu';
      values = tf.fused.matMul({ a: values, b: kernel, bias, activation });
    }
    return tf.reshape(values, [rows, 1]);
  }

  /** The rows of a table; with a gradient of our own, because the WebAssembly backend lacks that of `gather`. */
  private lookUp(table: Variable, positions: Int32Array): Tensor {
    const { tf } = this;
    const indices: Tensor1D = tf.tensor1d(positions, 'int32');
    const [values = 0] = table.shape;
    return withGradient(
      tf,
      table,
      [indices],
      (rows) => tf.gather(rows, indices),
      // oneHot must not be asked for FP32: the WebAssembly backend would write whole numbers into it.
      (upstream, [, at = indices]) => tf.matMul(tf.cast(tf.oneHot(at, values), 'float32'), upstream, true),
    );
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
      if (kernel === undefined || bias === undefined) throw notALayer();
      const [inputs = 0, units = 0] = kernel.shape;
      const activation = i + 2 === read.length ? 'sigmoid' : 'relu';
      layers.push({ inputs, units, kernel: kernel.values, bias: bias.values, activation });
    }
    return { embeddings: read.slice(0, this.tables.length).map(({ values }) => values), layers };
  }
}

function notALayer(): Error {
  return new Error('A dense layer has a kernel and a bias.');
}

/** Of an embedding's first numbers: small, so that no value stands out before it was trained. */
const embeddingLimit = 0.05;

/** Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, eq. 16. */
function glorotLimit(inputs: number, units: number): number {
  return Math.sqrt(6 / (inputs + units));
}
