import type { Feature } from './feature.js';
import type { ImportedModel } from './importedModel.js';
import type { TrainerSpec } from './trainerDefinition.js';

export interface TrainerIssue {
  /** Within the trainer. */
  path: string[];
  message: string;
}

/** Where a trainer and the features of its model do not fit each other. */
export function trainerIssues(trainer: TrainerSpec, features: readonly Feature[]): TrainerIssue[] {
  if (trainer.name === 'mlp') return embeddingIssues(Object.keys(trainer.embeddings), features);
  if (trainer.name === 'onnx') return importIssues(trainer, features);
  return [];
}

function embeddingIssues(embedded: readonly string[], features: readonly Feature[]): TrainerIssue[] {
  const categorical = features.filter(({ kind }) => kind === 'categorical').map(({ name }) => name);
  return embedded
    .filter((name) => !categorical.includes(name))
    .map((name) => ({
      path: ['embeddings', name],
      message: `"${name}" is no categorical feature of this model; only those can be embedded`,
    }));
}

function importIssues({ inputs }: ImportedModel, features: readonly Feature[]): TrainerIssue[] {
  const used = Object.values(inputs).flat();
  const declared = features.map(({ name }) => name);
  const issues = [
    ...declared
      .filter((name) => !used.includes(name))
      .map((name) => `the feature "${name}" goes to no input`),
    ...used.filter((name) => !declared.includes(name)).map((name) => `"${name}" is no feature of this model`),
    ...used.filter((name, i) => used.indexOf(name) !== i).map((name) => `"${name}" goes to two inputs`),
  ];
  return issues.map((message) => ({ path: ['inputs'], message }));
}
