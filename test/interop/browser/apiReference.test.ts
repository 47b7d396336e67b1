import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { z } from 'zod';
import { inferenceResponseSchema } from '../../../src/api/inferenceSchemas.js';
import { inferenceRequest } from '../../support/testGateway.js';
import { launchBrowser, openPage, type WatchedPage } from './browser.js';
import { startServedGateway, type ServedGateway } from './servedGateway.js';

const descriptionSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

let gateway: ServedGateway;
let browser: Browser;
let page: WatchedPage;

describe('the API reference', () => {
  before(async () => {
    browser = await launchBrowser();
  });
  before(async () => {
    gateway = await startServedGateway();
  });
  after(async () => {
    await browser.close();
    await gateway.close();
  });
  beforeEach(async () => {
    page = await openPage(browser, gateway.url);
    await page.goto(`${gateway.url}/docs`);
    await operation('GET /models/{name}/rollout').waitFor();
  });
  afterEach(async () => {
    await page.context().close();
    assert.deepEqual(page.record.elsewhere, [], 'the page must load nothing from other hosts');
  });

  it('lists every route that is described', async () => {
    const answer = await fetch(`${gateway.url}/openapi.json`);
    const { paths } = descriptionSchema.parse(await answer.json());
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(await page.locator('summary code').allInnerTexts(), described);
    assert.deepEqual(page.record.errors, []);
  });

  it('says what a route takes, needs and answers', async () => {
    const infer = await open('POST /v2/models/{name}/infer');
    const shown = await infer.innerText();
    for (const text of ['Needs the scope predict.', 'routing_key?: string', 'prediction_ids: [string, …]']) {
      assert.ok(shown.includes(text), `"${text}" is not in: ${shown}`);
    }
    await infer.getByRole('row', { name: '413 the body is too large' }).waitFor();
    assert.deepEqual(page.record.errors, []);
  });

  it('sends a prediction with a key that was typed in, and shows the answer', async () => {
    await page.getByLabel('API key').fill(await gateway.keyFor('predict'));
    const answer = await sendPrediction(JSON.stringify(inferenceRequest()));
    const [status, ...body] = answer.split('\n');
    assert.equal(status, '200');
    const prediction = inferenceResponseSchema.parse(JSON.parse(body.join('\n')));
    assert.equal(prediction.model_name, gateway.served.model);
    const recorded = await gateway.db('predictions').pluck<string[]>('id');
    assert.deepEqual(recorded, prediction.parameters.prediction_ids);
    assert.deepEqual(page.record.errors, []);
  });

  it('shows what the gateway refuses, too', async () => {
    assert.match(await sendPrediction('{}'), /^401\n[^]*A valid API key is needed/);
    await page.getByLabel('API key').fill(await gateway.keyFor('predict'));
    assert.match(await sendPrediction('{"inputs": ['), /^400\n/);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await open('POST /v2/models/{name}/infer');
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 400);
  });
});

function operation(route: string): Locator {
  return page.locator('details').filter({ has: page.getByText(route, { exact: true }) });
}

/** Opens the operation where it is still closed. */
async function open(route: string): Promise<Locator> {
  const details = operation(route);
  if ((await details.getAttribute('open')) === null) await details.getByText(route, { exact: true }).click();
  return details;
}

/** @returns what stands under the button when the answer is there */
async function sendPrediction(body: string): Promise<string> {
  const infer = await open('POST /v2/models/{name}/infer');
  await infer.getByLabel('name').fill(gateway.served.model);
  await infer.getByLabel('body').fill(body);
  const answered = page.waitForResponse((response) => response.url().endsWith('/infer'));
  await infer.getByRole('button', { name: 'Send' }).click();
  await (await answered).finished();
  return infer
    .locator('pre')
    .last()
    .filter({ hasText: /^\d{3}\n/ })
    .innerText();
}
