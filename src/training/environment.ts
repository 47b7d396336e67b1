/** Where and with what a run is computed, for its lineage. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { RunEnvironment } from '../domain/training.js';

const require = createRequire(import.meta.url);
const packageSchema = z.object({ name: z.string(), version: z.string() });

/** Packages that decide what any run computes. */
const decisivePackages = ['@duckdb/node-api', 'onnxruntime-node'] as const;

/** @param trainerPackages - those that the trainer computed with */
export async function describeEnvironment(
  backend: string,
  trainerPackages: readonly string[],
): Promise<RunEnvironment> {
  const names = [...decisivePackages, ...trainerPackages];
  const packages = Object.fromEntries(names.map((name) => [name, versionAbove(require.resolve(name), name)]));
  return {
    backend,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cpuCount: cpus().length,
    packages: { tempered: versionAbove(fileURLToPath(import.meta.url), 'tempered'), ...packages },
    gitCommit: await currentCommit(),
  };
}

/** Version in the nearest package.json of this name, at or above a file of the package. */
function versionAbove(file: string, name: string): string {
  for (let directory = dirname(file); directory !== dirname(directory); directory = dirname(directory)) {
    const path = join(directory, 'package.json');
    if (!existsSync(path)) continue;
    const found = packageSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (found.success && found.data.name === name) return found.data.version;
  }
  throw new Error(`The package ${name} has no package.json above ${file}.`);
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
