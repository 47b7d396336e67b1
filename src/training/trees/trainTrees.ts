/** Trains boosted trees on rows that stay on disk, and exports them with their features. */
import { z } from 'zod';
import type { ColumnBatch } from '../../domain/dataset.js';
import type { TreesParams } from '../../domain/trainerDefinition.js';
import { parse } from '../../domain/parse.js';
import type { TrainedModel, TrainingTask } from '../trainers/trainer.js';
import { binOf } from './bins.js';
import { BinnedRows, findCuts } from './binnedRows.js';
import { addTree, beginScores, growTree, sigmoid, type Booster } from './boost.js';
import { exportTrees, type BoostedTrees } from './exportTrees.js';
import { descend, treeSchema, type Tree } from './tree.js';
import { fitTreeFeatures, treeNumbers } from './treeFeatures.js';

const backend = 'trees';
/** So often at most, since each checkpoint holds every tree so far. */
const checkpoints = 20;
const reportEveryMs = 1000;

const stateSchema = z.strictObject({ trees: z.array(treeSchema) });

/** @throws TemperedError as `fitTreeFeatures` */
export async function trainTrees(params: TreesParams, task: TrainingTask): Promise<TrainedModel> {
  const { data, seed, directory, signal } = task;
  const features = await fitTreeFeatures(task.features, data, params.categorySmoothing);
  const cuts = await findCuts(features, data, seed);
  const rate = data.positives / data.rows;
  const base = Math.fround(Math.log(rate / (1 - rate)));
  const rows = await BinnedRows.write(directory, { features, cuts, data });
  try {
    const booster: Booster = { rows, features: features.length, params, seed, signal };
    await beginScores(booster, base);
    const trees = await boost(booster, params, task);
    const boosted = { features, cuts, base, trees };
    return {
      model: exportTrees(task.features, boosted),
      score: (batch) => scoreBatch(boosted, batch),
      backend,
    };
  } finally {
    await rows.close();
  }
}

async function boost(booster: Booster, params: TreesParams, task: TrainingTask): Promise<Tree[]> {
  const before =
    task.resumeFrom === null ? null : parse(stateSchema, task.resumeFrom.state, 'The checkpoint');
  const trees = before?.trees ?? [];
  for (const tree of trees) await addTree(booster, tree);
  const checkpointEvery = Math.ceil(params.trees / checkpoints);
  let reportedAt = performance.now();
  while (trees.length < params.trees) {
    const tree = await growTree(booster, trees.length);
    trees.push(tree);
    const loss = await addTree(booster, tree);
    const done = { epoch: trees.length, epochs: params.trees, backend, metrics: { loss } };
    if (trees.length % checkpointEvery === 0 || trees.length === params.trees) {
      await task.checkpoint(done, { trees });
    } else if (performance.now() - reportedAt >= reportEveryMs) {
      task.report(done);
      reportedAt = performance.now();
    }
  }
  return trees;
}

/** The trees' own scores of raw rows. */
function scoreBatch({ features, cuts, base, trees }: BoostedTrees, batch: ColumnBatch): Float32Array {
  const bins = treeNumbers(features, batch).map((numbers, feature) => {
    const featureCuts = cuts[feature] ?? new Float32Array();
    return Uint8Array.from(numbers, (value) => binOf(featureCuts, value));
  });
  return Float32Array.from({ length: bins[0]?.length ?? 0 }, (_, row) => {
    const logit = trees.reduce((sum, tree) => sum + leafOf(tree, bins, row), base);
    return sigmoid(logit);
  });
}

function leafOf(tree: Tree, bins: readonly Uint8Array[], row: number): number {
  let node = 0;
  for (let next = descend(tree, node, bins, row); next !== node; next = descend(tree, node, bins, row))
    node = next;
  return tree.value[node] ?? 0;
}
