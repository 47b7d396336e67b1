import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const { resolve } = createRequire(import.meta.url);
const packageSchema = z.object({ name: z.string(), version: z.string() });

/** Name → version of packages that this one depends on. */
export function installedVersions(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, installedVersion(resolve(name), name)]));
}

/** Version in the nearest package.json of this name, at or above a file of the package. */
export function installedVersion(file: string, name: string): string {
  for (let directory = dirname(file); directory !== dirname(directory); directory = dirname(directory)) {
    const path = join(directory, 'package.json');
    if (!existsSync(path)) continue;
    const found = packageSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (found.success && found.data.name === name) return found.data.version;
  }
  throw new Error(`The package ${name} has no package.json above ${file}.`);
}
