import picomatch from 'picomatch';

/** A glob, taken apart: everything it matches lies under `base`. */
export interface FilePattern {
  base: string;
  /** Whether it looks into folders below `base`. */
  deep: boolean;
}

/**
 * The names that a path means: itself, or where it is a glob those listed names that match it, in order of their
 * code units, so that the same files are read in the same order on any machine.
 */
export async function filesMatching(
  path: string,
  list: (pattern: FilePattern) => Promise<string[]>,
): Promise<string[]> {
  const { isGlob, base, glob } = picomatch.scan(path);
  if (!isGlob) return [path];
  const matches = picomatch(path);
  const names = await list({ base, deep: glob.includes('/') || glob.includes('**') });
  return names.filter((name) => matches(name)).sort();
}
