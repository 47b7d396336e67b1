/**
 * Gradient-boosted trees for log loss, tree by tree and level by level (Friedman, Annals of Statistics 29, 2001).
 *
 * Invariant: a tree depends on the rows, the parameters, the seed and the trees before it, and on nothing else; sums run
 * over the rows in their order. So a resumed training gives the same bits as an unbroken one.
 */
import { createRandom } from '../../statistics/random.js';
import { logLossOf } from '../../statistics/classification.js';
import type { BinnedRows, RowChunk } from './binnedRows.js';
import { Histogram, leafValue, type Sums } from './histogram.js';
import { addLeaf, descend, type Tree } from './tree.js';

export interface BoostingParams {
  depth: number;
  learningRate: number;
  minExamples: number;
  l2: number;
  rowShare: number;
}

export interface Booster {
  rows: BinnedRows;
  /** Features that rows are binned by. */
  features: number;
  params: BoostingParams;
  seed: number;
  /** Throws when the training is cancelled; looked at with every chunk. */
  signal: AbortSignal;
}

/** Streams of the seed below this one draw the samples that bins are cut from. */
const firstRowStream = 100_000;

/** Sets every row to the logit that all of them begin with. */
export async function beginScores({ rows }: Booster, logit: number): Promise<void> {
  for await (const chunk of rows.chunks()) {
    chunk.scores.fill(logit);
    chunk.probabilities.fill(sigmoid(logit));
    chunk.nodes.fill(0);
    await rows.saveState(chunk);
  }
}

/** @param number - of this tree, from 0 */
export async function growTree(booster: Booster, number: number): Promise<Tree> {
  const { params } = booster;
  const tree: Tree = { feature: [], bin: [], left: [], right: [], value: [] };
  let open = [addLeaf(tree, 0)];
  for (let level = 0; level < params.depth && open.length > 0; level++) {
    const histogram = await sumGradients(booster, tree, number, open);
    const next: number[] = [];
    open.forEach((node, slot) => {
      const split = histogram.bestSplit(slot, params);
      if (split === null) {
        if (level === 0) tree.value[node] = leaf(histogram.totalOf(slot), params);
        return;
      }
      tree.feature[node] = split.feature;
      tree.bin[node] = split.bin;
      tree.left[node] = addLeaf(tree, leaf(split.left, params));
      tree.right[node] = addLeaf(tree, leaf(split.right, params));
      next.push(tree.left[node] ?? 0, tree.right[node] ?? 0);
    });
    open = next;
  }
  return tree;
}

function leaf(sums: Sums, { l2, learningRate }: BoostingParams): number {
  return Math.fround(learningRate * leafValue(sums, l2));
}

/** Takes each row one level down, and sums the gradients of those that come to an open node. */
async function sumGradients(
  { rows, features, params, seed, signal }: Booster,
  tree: Tree,
  number: number,
  open: readonly number[],
): Promise<Histogram> {
  const histogram = new Histogram(open.length, features);
  const slots = new Int32Array(tree.feature.length).fill(-1);
  open.forEach((node, slot) => (slots[node] = slot));
  // The same rows for each level of a tree.
  const random = params.rowShare < 1 ? createRandom(seed, firstRowStream + number) : null;
  for await (const chunk of rows.chunks()) {
    signal.throwIfAborted();
    const { bins, labels, probabilities, nodes } = chunk;
    for (let row = 0; row < chunk.rows; row++) {
      const node = descend(tree, nodes[row] ?? 0, bins, row);
      nodes[row] = node;
      const slot = slots[node] ?? -1;
      const taken = random === null || random() < params.rowShare;
      if (slot === -1 || !taken) continue;
      const probability = probabilities[row] ?? 0;
      histogram.add(slot, bins, row, probability - (labels[row] ?? 0), probability * (1 - probability));
    }
    await rows.saveState(chunk);
  }
  return histogram;
}

/**
 * Adds a tree to the logit of every row.
 *
 * @returns the mean log loss with it
 */
export async function addTree({ rows, signal }: Booster, tree: Tree): Promise<number> {
  let loss = 0;
  for await (const chunk of rows.chunks()) {
    signal.throwIfAborted();
    loss += addToChunk(chunk, tree);
    await rows.saveState(chunk);
  }
  return loss / rows.rows;
}

function addToChunk({ rows, bins, labels, scores, probabilities, nodes }: RowChunk, tree: Tree): number {
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    let node = nodes[row] ?? 0;
    for (let next = descend(tree, node, bins, row); next !== node; next = descend(tree, node, bins, row))
      node = next;
    scores[row] = (scores[row] ?? 0) + (tree.value[node] ?? 0);
    probabilities[row] = sigmoid(scores[row] ?? 0);
    nodes[row] = 0;
    loss += logLossOf(labels[row] ?? 0, probabilities[row] ?? 0);
  }
  return loss;
}

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
