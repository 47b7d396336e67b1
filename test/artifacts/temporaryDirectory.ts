import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A folder that is removed when the test ends. */
export async function temporaryDirectory(test: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tempered-test-'));
  test.after(() => rm(path, { recursive: true, force: true }));
  return path;
}
