/**
 * Invariant 9 (DESIGN.md §4). The histories in test/histories are of workflows that really ran; where a change to a
 * workflow cannot replay them, workflows under way would break on an upgrade: use `patched()`. Record new ones with
 * `npm run histories:record`, and keep the old ones for as long as such workflows may be under way.
 */
import { bundleWorkflowCode, Runtime, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import * as workflows from '../../src/workflows/index.js';
import { installQuietRuntime } from '../support/quietRuntime.js';

const directory = fileURLToPath(new URL('../../../test/histories/', import.meta.url));

const historySchema = z.looseObject({
  events: z
    .tuple([
      z.looseObject({
        workflowExecutionStartedEventAttributes: z.looseObject({
          workflowId: z.string(),
          workflowType: z.object({ name: z.string() }),
        }),
      }),
    ])
    .rest(z.unknown()),
});

async function readHistory(file: string) {
  const history: unknown = JSON.parse(await readFile(`${directory}${file}`, 'utf8'));
  const [{ workflowExecutionStartedEventAttributes: started }] = historySchema.parse(history).events;
  return { history, workflowId: started.workflowId, workflowType: started.workflowType.name };
}

const files = await readdir(directory);

// While new ones are recorded, the old ones may be those that a change was not meant to replay.
const skip = process.env.TEMPERED_RECORD_HISTORIES !== undefined;

describe('invariant 9: old workflows replay', { skip }, () => {
  let workflowBundle: WorkflowBundleWithSourceMap;
  before(async () => {
    installQuietRuntime();
    workflowBundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../../src/workflows/index.js', import.meta.url)),
      logger: Runtime.instance().logger,
    });
  });

  for (const file of files) {
    it(file, async () => {
      const { history, workflowId } = await readHistory(file);
      await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
    });
  }

  it('every workflow has a history', async () => {
    const types = await Promise.all(files.map(async (file) => (await readHistory(file)).workflowType));
    const exported = Object.entries(workflows)
      .filter(([, value]) => typeof value === 'function')
      .map(([name]) => name);
    assert.deepEqual([...new Set(types)].sort(), exported.sort());
  });
});
