import { lineageKeyText, type LineageKey, type LineageKind, type LineageNode } from '../../domain/lineage.js';
import type { Database } from '../database.js';
import { keyValues, type KeyValues } from './keys.js';
import {
  readArtifacts,
  readDatasets,
  readDefinitions,
  readFeatureViews,
  readRuns,
  readSources,
} from './nodesOfTraining.js';
import {
  readDeployments,
  readPrediction,
  readPredictionCounts,
  readRollouts,
  readValidations,
  readVersions,
} from './nodesOfServing.js';

type ReadNodes = (db: Database, keys: readonly KeyValues[]) => Promise<LineageNode[]>;

const readers: Record<LineageKind, ReadNodes> = {
  source: readSources,
  'feature-view': readFeatureViews,
  definition: readDefinitions,
  dataset: readDatasets,
  run: readRuns,
  artifact: readArtifacts,
  version: readVersions,
  validation: readValidations,
  rollout: readRollouts,
  deployment: readDeployments,
  predictions: readPredictionCounts,
  prediction: readPrediction,
};

/** What is known of things that are there, in their order. */
export async function readNodes(db: Database, keys: readonly LineageKey[]): Promise<LineageNode[]> {
  const kinds = [...new Set(keys.map(({ kind }) => kind))];
  const nodes = await Promise.all(
    kinds.map((kind) => readers[kind](db, keys.filter((key) => key.kind === kind).map(keyValues))),
  );
  const byKey = new Map(nodes.flat().map((node) => [lineageKeyText(node), node]));
  return keys.flatMap((key) => byKey.get(lineageKeyText(key)) ?? []);
}
