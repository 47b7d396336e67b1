import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { controlTaskQueue } from '../../../src/domain/names.js';
import { startLocalStack, type LocalStack } from '../../../src/workers/local/stack.js';
import { launchBrowser, openPage, type WatchedPage } from './browser.js';

/** What a person types into "Start Workflow", and what the failed workflow's page must then tell. */
const refusals = [
  {
    workflow: 'rollbackModel',
    input: { model: 'no-such-model' },
    message: /There is no model "no-such-model"\. Register it with: tempered models apply <file>/,
  },
  {
    workflow: 'modelLifecycle',
    input: { modell: 'x' },
    message: /The input of modelLifecycle is not valid\..*model: .*expected string.*"modell"/,
  },
];

let dataDirectory: string;
let stack: LocalStack;
let browser: Browser;
let page: WatchedPage;
let temporalUi: string;

describe('a person who starts a workflow from the Temporal UI', () => {
  before(async () => {
    browser = await launchBrowser();
  });
  before(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'tempered-ui-'));
    const environment = { ...process.env, DATABASE_URL: undefined, TEMPORAL_ADDRESS: undefined };
    stack = await startLocalStack({ dataDirectory, sources: {}, environment, onProgress: () => undefined });
  });
  after(async () => {
    await browser.close();
    await stack.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  });
  beforeEach(async () => {
    assert.ok(stack.addresses.temporalUi);
    temporalUi = stack.addresses.temporalUi;
    page = await openPage(browser, temporalUi);
  });

  for (const { workflow, input, message } of refusals) {
    it(`reads why ${workflow} does not take ${JSON.stringify(input)}`, async () => {
      await page.goto(`${temporalUi}/namespaces/${stack.temporalNamespace}/workflows`);
      await page.getByRole('button', { name: 'Start Workflow' }).click();
      await page.getByLabel('Workflow ID').fill(`by-hand/${workflow}`);
      await page.getByLabel('Task Queue').fill(controlTaskQueue);
      await page.getByLabel('Workflow Type').fill(workflow);
      await page.getByRole('radio', { name: 'json/plain' }).check();
      // The last: the editor of the input, which has no name.
      await page.getByRole('main').getByRole('textbox').last().fill(JSON.stringify(input));
      // By the keyboard: the editor grows as it loses the focus, and moves the button away under the mouse.
      await page.getByRole('button', { name: 'Start Workflow' }).press('Enter');
      await page.getByRole('link', { name: 'Workflow started' }).click();

      await page
        .getByRole('row', { name: message })
        .filter({ hasText: 'Workflow Execution Failed' })
        .waitFor();
      await page.getByRole('main').getByText('Failed', { exact: true }).first().waitFor();
      assert.deepEqual(page.record.elsewhere, []);
    });
  }
});
