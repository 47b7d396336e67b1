import { z } from 'zod';

/** One node per position; the root is at 0. */
export const treeSchema = z.strictObject({
  /** Position of the feature that a node splits by; −1 for a leaf. */
  feature: z.array(z.int()),
  /** Bins up to this one go left. */
  bin: z.array(z.int()),
  left: z.array(z.int()),
  right: z.array(z.int()),
  /** FP32: what a leaf adds to the logit. */
  value: z.array(z.number()),
});

export type Tree = z.output<typeof treeSchema>;

/** Adds a leaf; gives its position. */
export function addLeaf(tree: Tree, value: number): number {
  tree.feature.push(-1);
  tree.bin.push(0);
  tree.left.push(0);
  tree.right.push(0);
  tree.value.push(Math.fround(value));
  return tree.feature.length - 1;
}

/** The node below this one on a row's way; the node itself where it is a leaf. */
export function descend(tree: Tree, node: number, bins: readonly Uint8Array[], row: number): number {
  const feature = tree.feature[node] ?? -1;
  if (feature === -1) return node;
  const bin = bins[feature]?.[row] ?? 0;
  return (bin <= (tree.bin[node] ?? 0) ? tree.left[node] : tree.right[node]) ?? node;
}
