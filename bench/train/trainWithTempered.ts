/**
 * One training on this machine's native TensorFlow, by the trainer itself: `trainWithTempered.js <snapshot> <airports as JSON>`
 * prints its seconds and its losses as JSON.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { trainers } from '../../src/training/trainers/registry.js';
import { openTrainingData, type TrainingData } from '../../src/training/trainingData.js';
import { dataset, featuresFor, trainer } from './job.js';

const [, , datasetPath, airports] = process.argv;
if (datasetPath === undefined || airports === undefined)
  throw new Error('usage: trainWithTempered.js <snapshot> <airports>');
const features = featuresFor(z.array(z.string()).parse(JSON.parse(airports)));
const directory = await mkdtemp(join(tmpdir(), 'tempered-bench-'));
try {
  const opened = await openTrainingData({
    datasetPath,
    features,
    target: dataset.target,
    permuteLabels: null,
  });
  let loadedAt = Number.NaN;
  const data: TrainingData = {
    ...opened,
    async *batches(options) {
      yield* opened.batches(options);
      loadedAt = performance.now();
    },
  };
  let endedAt = Number.NaN;
  const losses: number[] = [];
  const mlp = await trainers.mlp();
  const trained = await mlp.train(trainer, {
    seed: 17,
    features,
    data,
    directory,
    resumeFrom: null,
    file: null,
    signal: new AbortController().signal,
    report: () => undefined,
    checkpoint: ({ metrics }) => {
      endedAt = performance.now();
      losses.push(metrics['loss'] ?? Number.NaN);
      return Promise.resolve();
    },
  });
  await writeFile(join(directory, 'model.onnx'), trained.model);
  console.log(JSON.stringify({ fitSeconds: (endedAt - loadedAt) / 1000, losses, library: trained.packages }));
} finally {
  await rm(directory, { recursive: true, force: true });
}
