/** The networks that the trainers stand for, over encoded columns. */
import type { LayersModel, Sequential } from '@tensorflow/tfjs-layers';
import type { TensorFlow } from '../backend.js';

/** One dense layer as trained: `kernel` is row-major [inputs, units]. */
export interface DenseLayer {
  inputs: number;
  units: number;
  kernel: Float32Array;
  bias: Float32Array;
  activation: 'relu' | 'sigmoid';
}

export interface NetworkParams {
  epochs: number;
  batchSize: number;
  learningRate: number;
  /** Units of each hidden layer: logistic regression is the network without any. */
  hiddenUnits: readonly number[];
}

/** A network with rectified hidden layers and one sigmoid output; its first weights follow from the seed. */
export function buildNetwork(
  { layers }: Pick<TensorFlow, 'layers'>,
  { hiddenUnits }: Pick<NetworkParams, 'hiddenUnits'>,
  width: number,
  seed: number,
): Sequential {
  const network = layers.sequential();
  const units = [...hiddenUnits, 1];
  units.forEach((count, i) => {
    network.add(
      layers.layers.dense({
        ...(i === 0 && { inputShape: [width] }),
        units: count,
        activation: i === units.length - 1 ? 'sigmoid' : 'relu',
        kernelInitializer: layers.initializers.glorotUniform({ seed: seed + i }),
      }),
    );
  });
  return network;
}

/** The weights of a network that `buildNetwork` made, layer by layer. */
export async function readLayers(network: LayersModel): Promise<DenseLayer[]> {
  const weights = await Promise.all(
    network.getWeights().map(async (tensor) => ({
      shape: tensor.shape,
      values: Float32Array.from(await tensor.data()),
    })),
  );
  const read: DenseLayer[] = [];
  for (let i = 0; i < weights.length; i += 2) {
    const [kernel, bias] = [weights[i], weights[i + 1]];
    if (kernel === undefined || bias === undefined) throw new Error('A dense layer has a kernel and a bias.');
    const [inputs = 0, units = 0] = kernel.shape;
    const activation = i + 2 === weights.length ? 'sigmoid' : 'relu';
    read.push({ inputs, units, kernel: kernel.values, bias: bias.values, activation });
  }
  return read;
}
