/**
 * Gradient descent, epoch by epoch.
 *
 * Invariant: an epoch depends on the task and on the state before it, and on nothing else; that state is the
 * checkpoint, to the last bit. So a resumed run gives the same bits as an unbroken one.
 */
import { TemperedError } from '../../domain/errors.js';
import { parse } from '../../domain/parse.js';
import type { ClassWeights, EarlyStopping } from '../../domain/trainerDefinition.js';
import type { TensorFlow } from '../backend.js';
import type { TrainingTask } from '../trainers/trainer.js';
import { Adam } from './adam.js';
import { isBetter, shouldStop } from './earlyStopping.js';
import type { EncodedRows } from './encoding.js';
import { fitStateSchema, type FitState } from './fitState.js';
import { learningRateOf, type LearningRateParams } from './learningRate.js';
import { rowWeightsOf, weightedCrossEntropy, type RowWeights } from './loss.js';
import type { Network } from './network.js';
import type { PackedRows } from './packedRows.js';
import { assignAll, readAll } from './tensors.js';
import type { TrainingRows } from './trainingRows.js';
import { fillUnseenValues } from './unseenValues.js';
import { validate } from './validation.js';

export interface FitParams extends LearningRateParams {
  batchSize: number;
  earlyStopping: EarlyStopping | null;
  classWeights: ClassWeights | null;
}

export interface FitRequest {
  tensorFlow: TensorFlow;
  params: FitParams;
  task: TrainingTask;
  network: Network;
  /** For each table of the network, how many rows have each value. */
  valueCounts: Uint32Array[];
  rows: TrainingRows;
  encode: (rows: PackedRows) => EncodedRows;
}

const progressIntervalMs = 1000;

/**
 * Trains the network in place. With early stopping, it ends with the weights of its best epoch.
 *
 * @returns the epoch whose weights it has
 * @throws TemperedError `UnusableModel` where the weights or their loss stop being numbers
 * @throws the signal's reason when it is aborted
 */
export async function fit(request: FitRequest): Promise<number> {
  const { params, task, network } = request;
  const descent = new Descent(request);
  let { best } = descent.resume(task.resumeFrom?.state);
  let epoch = task.resumeFrom?.epoch ?? 0;
  while (epoch < params.epochs && !(best !== null && isOver(params, epoch, best))) {
    epoch += 1;
    const metrics = await descent.trainEpoch(epoch);
    const weights = await readAll(network.variables);
    const numbers = [...weights, Object.values(metrics)];
    if (!numbers.every((values) => values.every(Number.isFinite))) throw diverged(epoch, params.learningRate);
    if (request.rows.validation !== null && params.earlyStopping !== null) {
      const held = await validate(network, request.encode, request.rows.validation);
      const { validationLoss } = held;
      metrics['validationLoss'] = validationLoss;
      // Without rows of both classes there is no such number.
      if (Number.isFinite(held.validationAuc)) metrics['validationAuc'] = held.validationAuc;
      if (isBetter(validationLoss, best, params.earlyStopping)) best = { epoch, validationLoss, weights };
    }
    await task.checkpoint(descent.report(epoch, metrics), await descent.stateOf(weights, best));
  }
  if (best !== null) assignAll(request.tensorFlow.tf, network.variables, best.weights);
  return best?.epoch ?? epoch;
}

function isOver({ earlyStopping }: FitParams, epoch: number, best: NonNullable<FitState['best']>): boolean {
  return earlyStopping !== null && shouldStop(epoch, best, earlyStopping);
}

class Descent {
  private readonly adam: Adam;
  private readonly rowWeights: RowWeights;
  private readonly batchesPerEpoch: number;

  constructor(private readonly request: FitRequest) {
    const { tensorFlow, network, params, rows } = request;
    this.adam = new Adam(tensorFlow.tf, network.variables);
    this.rowWeights = rowWeightsOf(params.classWeights, rows);
    this.batchesPerEpoch = Math.ceil(rows.rows / params.batchSize);
  }

  /** Takes over the state of a checkpoint; without one, the beginning stays. */
  resume(given: unknown): Pick<FitState, 'best'> {
    if (given === undefined) return { best: null };
    const { network, tensorFlow } = this.request;
    const { weights, moments, step, best } = parse(fitStateSchema, given, 'The checkpoint of a network');
    assignAll(tensorFlow.tf, network.variables, weights);
    assignAll(tensorFlow.tf, this.adam.moments, moments);
    this.adam.step = step;
    return { best };
  }

  async stateOf(weights: Float32Array[], best: FitState['best']): Promise<unknown> {
    const moments = await readAll(this.adam.moments);
    return fitStateSchema.encode({ weights, moments, step: this.adam.step, best });
  }

  /** @returns the mean loss over all rows, and the last batch's learning rate */
  async trainEpoch(epoch: number): Promise<Record<string, number>> {
    const { params, task, rows, encode } = this.request;
    let [seen, lossSum, reportedAt, learningRate] = [0, 0, performance.now(), params.learningRate];
    for await (const batch of rows.chunks.shuffled(epoch, params.batchSize)) {
      task.signal.throwIfAborted();
      learningRate = learningRateOf(params, this.adam.step, this.batchesPerEpoch);
      lossSum += this.trainBatch(encode(batch), learningRate) * batch.rows;
      seen += batch.rows;
      if (performance.now() - reportedAt >= progressIntervalMs) {
        task.report(this.report(epoch, { loss: lossSum / seen, learningRate }));
        reportedAt = performance.now();
      }
      // TensorFlow never lets the event loop turn by itself; messages and a lost parent must be noticed.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.fillTables();
    return { loss: lossSum / seen, learningRate };
  }

  report(epoch: number, metrics: Record<string, number>) {
    const { params, tensorFlow } = this.request;
    return { epoch, epochs: params.epochs, backend: tensorFlow.backend, metrics };
  }

  /** @returns the batch's loss */
  private trainBatch(batch: EncodedRows, learningRate: number): number {
    const { tf } = this.request.tensorFlow;
    const { network } = this.request;
    return tf.tidy(() => {
      let loss = Number.NaN;
      const gradients = network.gradients(batch, (logits) => {
        const measured = weightedCrossEntropy(logits, batch.labels, this.rowWeights);
        ({ loss } = measured);
        return measured.slopes;
      });
      this.adam.apply(gradients, learningRate);
      return loss;
    });
  }

  private fillTables(): void {
    const { network, valueCounts, tensorFlow } = this.request;
    valueCounts.forEach((counts, i) => {
      const table = network.variables[i];
      if (table === undefined || !counts.includes(0)) return;
      const values = Float32Array.from(table.dataSync());
      fillUnseenValues(values, counts);
      assignAll(tensorFlow.tf, [table], [values]);
    });
  }
}

function diverged(epoch: number, learningRate: number): TemperedError {
  return new TemperedError(
    'UnusableModel',
    `The training diverged: its weights or its loss stopped being numbers in epoch ${epoch}. Lower trainer.learningRate (it is ${learningRate}), or look for extreme values in the features.`,
  );
}
