import { compareRuns, type ComparedRow } from '../domain/compareRuns.js';
import type { Database } from './database.js';
import { readRunDetails, type RunDetails } from './runDetails.js';

export const maxComparedRuns = 10;

export interface RunComparison {
  runs: RunDetails[];
  rows: ComparedRow[];
}

/** @throws TemperedError `NotFound` */
export async function readRunComparison(db: Database, ids: readonly string[]): Promise<RunComparison> {
  const runs = await Promise.all(ids.map((id) => readRunDetails(db, id)));
  return { runs, rows: compareRuns(runs.map((run) => ({ ...run, facts: factsOf(run) }))) };
}

/** What a run was given and where it was computed. */
function factsOf(run: RunDetails) {
  const { environment } = run;
  return {
    model: run.model,
    trainer: run.trainer,
    status: run.status,
    seed: run.seed,
    permutedLabels: run.permutedLabels,
    dataset: run.trainingDatasetId,
    definition: run.definitionDigest,
    artifact: run.artifacts.find(({ name }) => name === 'model')?.sha256,
    cpuSeconds: run.cpuSeconds,
    gpuSeconds: run.gpuSeconds,
    backend: environment?.backend,
    cpu: environment === null ? null : `${String(environment.cpuCount)} × ${environment.cpuModel}`,
    node: environment?.node,
    gitCommit: environment?.gitCommit,
    packages: environment === null ? null : packagesOf(environment.packages),
  };
}

function packagesOf(packages: Readonly<Record<string, string>>): string {
  return Object.entries(packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
