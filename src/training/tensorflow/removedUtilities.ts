import { createRequire } from 'node:module';

/** Functions of node:util that Node 23 removed, and that tfjs-node 4.22, the last one so far, still calls. */
const removed = {
  isArray: (value: unknown) => Array.isArray(value),
  isNullOrUndefined: (value: unknown) => value === null || value === undefined,
};

/** Puts back what is missing in this process. Call it before tfjs-node is loaded. */
export function restoreRemovedUtilities(): void {
  const utilities: unknown = createRequire(import.meta.url)('node:util');
  for (const [name, value] of Object.entries(removed)) {
    if (typeof utilities !== 'object' || utilities === null || name in utilities) continue;
    Object.defineProperty(utilities, name, { value });
  }
}
