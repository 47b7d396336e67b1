import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Gives this process a cache in which nothing is installed, for as long as the test runs. */
export async function useEmptyCache(test: TestContext): Promise<string> {
  const before = process.env['XDG_CACHE_HOME'];
  const cache = await mkdtemp(join(tmpdir(), 'tempered-cache-'));
  process.env['XDG_CACHE_HOME'] = cache;
  test.after(async () => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
    await rm(cache, { recursive: true, force: true });
  });
  return cache;
}
