/** Where and with what a run is computed, for its lineage. */
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RunEnvironment } from '../domain/training.js';
import { installedVersion, installedVersions } from './installedVersion.js';
import type { TrainedModel } from './trainers/trainer.js';

type ComputedWith = Pick<TrainedModel, 'backend' | 'threads' | 'packages'>;

/** Packages that decide what any run computes. */
const decisivePackages = ['@duckdb/node-api', 'onnxruntime-node'];

export async function describeEnvironment({
  backend,
  threads,
  packages = {},
}: ComputedWith): Promise<RunEnvironment> {
  return {
    backend,
    threads: threads ?? null,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cpuCount: cpus().length,
    packages: {
      tempered: installedVersion(fileURLToPath(import.meta.url), 'tempered'),
      ...installedVersions(decisivePackages),
      ...packages,
    },
    gitCommit: await currentCommit(),
  };
}

/** The commit that is checked out where the worker runs; null outside of a repository, and without git. */
async function currentCommit(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD']);
    return stdout.trim();
  } catch {
    return null;
  }
}
