import { readFile } from 'node:fs/promises';
import { InferenceSession } from 'onnxruntime-node';
import { messageOf, TemperedError } from '../../domain/errors.js';
import type { Feature } from '../../domain/feature.js';
import { importedModelSchema, type ImportedModel } from '../../domain/importedModel.js';
import { meanLogLoss } from '../../statistics/classification.js';
import { openOriginal, type OriginalScorer } from '../imported/originalScorer.js';
import { readOriginal } from '../imported/originalModel.js';
import { compareSamples, toBatch } from '../imported/samples.js';
import { wrapModel } from '../imported/wrapModel.js';
import { scoreRows } from '../parity.js';
import type { TrainingData } from '../trainingData.js';
import { defineTrainer } from './trainer.js';

const backend = 'onnxruntime';

/**
 * Bring your own: an ONNX file that was trained elsewhere. It is wrapped into a graph that takes raw features, held to
 * the samples of its manifest, and measured on the training snapshot.
 */
export const onnx = defineTrainer({
  params: importedModelSchema,
  async train(manifest, task) {
    const { features, data, file, signal } = task;
    const path = file ?? '';
    const original = readOriginal(await readFile(path));
    const model = wrapModel(original, manifest, features);
    const scorer = await openOriginal(path, original, manifest, features);
    task.report({ epoch: 1, epochs: 1, backend, metrics: {} });
    const sampleDifference = await answerSamples(model, manifest, features);
    return {
      model,
      score: (batch) => scorer.score(batch),
      metrics: [
        { name: 'loss', step: 1, value: await lossOver(data, scorer, signal) },
        { name: 'sampleMaxAbsoluteDifference', step: 1, value: sampleDifference },
        ...Object.entries(manifest.metrics).map(([name, value]) => ({
          ...{ name: `reported.${name}`, step: 1, value },
        })),
      ],
      backend,
      packages: { [manifest.framework.name]: manifest.framework.version },
    };
  },
});

async function answerSamples(
  model: Uint8Array,
  { samples }: ImportedModel,
  features: readonly Feature[],
): Promise<number> {
  const session = await InferenceSession.create(model).catch((cause: unknown) => {
    throw new TemperedError('UnusableModel', `The imported model cannot be wrapped: ${messageOf(cause)}`, {
      cause,
    });
  });
  try {
    return compareSamples(samples, await scoreRows(session, features, toBatch(samples, features)));
  } finally {
    await session.release();
  }
}

const batchRows = 8192;

/** Mean log loss over the training snapshot. */
async function lossOver(data: TrainingData, scorer: OriginalScorer, signal: AbortSignal): Promise<number> {
  let lossSum = 0;
  for await (const { columns, labels } of data.batches({ batchRows })) {
    signal.throwIfAborted();
    lossSum += meanLogLoss(labels, await scorer.score(columns)) * labels.length;
  }
  return lossSum / data.rows;
}
