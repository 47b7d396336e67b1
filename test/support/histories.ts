import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

/**
 * Keeps the history of a workflow that has ended, for test/workflows/replay.test.ts. Does nothing unless
 * `npm run histories:record` runs the tests. What names this machine is left out.
 */
export async function recordHistory(handle: WorkflowHandle, name: string): Promise<void> {
  const directory = process.env.TEMPERED_RECORD_HISTORIES;
  if (directory === undefined) return;
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  const text = JSON.stringify(history, (key, value: unknown) => (key === 'stackTrace' ? undefined : value));
  const anonymous = text.replaceAll(`${String(process.pid)}@${hostname()}`, 'worker');
  const file = join(directory, `${name}.json`);
  const options = await resolveConfig(file);
  await writeFile(file, await format(anonymous, { ...options, parser: 'json' }));
}
