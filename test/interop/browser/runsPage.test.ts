import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import type { Database } from '../../../src/store/database.js';
import { recordMetrics } from '../../../src/store/runMetrics.js';
import { beginRun, readRun } from '../../../src/store/runs.js';
import { tagRun } from '../../../src/store/runTags.js';
import { launchBrowser, openPage, type WatchedPage } from './browser.js';
import { startServedGateway, type ServedGateway } from './servedGateway.js';

const markup = `<img src="x" onerror="alert('run')">`;

let gateway: ServedGateway;
let browser: Browser;
let page: WatchedPage;
/** Two runs that are under way. */
let slow: string;
let fast: string;
describe('the page of runs', () => {
  before(async () => {
    browser = await launchBrowser();
  });
  before(async () => {
    gateway = await startServedGateway();
    slow = await addRun(gateway.db, 'slow', 0.005, 12);
    fast = await addRun(gateway.db, 'fast', 0.05, 8);
    await tagRun(gateway.db, fast, { set: { note: markup }, removed: [] });
  });
  after(async () => {
    await browser.close();
    await gateway.close();
  });
  beforeEach(async () => {
    page = await openPage(browser, gateway.url);
  });
  afterEach(async () => {
    await page.context().close();
    assert.deepEqual(page.record.elsewhere, [], 'the page must load nothing from other hosts');
  });

  async function open(search = ''): Promise<void> {
    await page.goto(`${gateway.url}/pages/runs${search}#key=${await gateway.keyFor('status')}`);
    await page.getByRole('table').first().waitFor();
  }
  const rowOf = (id: string) =>
    page
      .getByRole('table')
      .first()
      .getByRole('row')
      .filter({ hasText: id.slice(0, 8) });
  const choose = (id: string) => rowOf(id).getByRole('checkbox').check();

  it('is linked from the status page, with the key that was given there', async () => {
    await page.goto(`${gateway.url}/#key=${await gateway.keyFor('status')}`);
    await page.getByRole('link', { name: 'Runs' }).click();
    await rowOf(fast).waitFor();
    assert.equal(page.url(), `${gateway.url}/pages/runs`);
  });

  it('finds runs, and points at what is wrong with a filter', async () => {
    await open();
    assert.equal(await page.getByRole('table').first().getByRole('row').count(), 4);
    await page.getByLabel('Filter').fill('params.learningRate > 0.01');
    await page.getByRole('button', { name: 'Search' }).click();
    await rowOf(slow).waitFor({ state: 'detached' });
    assert.equal(await rowOf(fast).count(), 1);

    await page.getByLabel('Filter').fill('loss < 1');
    await page.getByRole('button', { name: 'Search' }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: 'at character 1: "loss" is no field of a run' })
      .waitFor();
  });

  it('sets chosen runs side by side, with their curves, and keeps the choice in the address', async () => {
    await open();
    await choose(slow);
    await choose(fast);
    await page.getByRole('heading', { name: '2 runs side by side' }).waitFor();
    const chart = page.getByRole('img', { name: /^loss: .*ends at/ });
    assert.equal(await chart.locator('polyline').count(), 2);
    assert.match((await chart.getAttribute('aria-label')) ?? '', new RegExp(slow.slice(0, 8)));
    const row = page.getByRole('row').filter({ hasText: '≠ params.learningRate' });
    assert.match(await row.innerText(), /0\.005\s+0\.05/);

    await page.reload();
    await page.getByRole('heading', { name: '2 runs side by side' }).waitFor();
    assert.equal(await rowOf(fast).getByRole('checkbox').isChecked(), true);
    assert.deepEqual(page.record.errors, []);
  });

  it('draws the curve of a run that is under way further', async () => {
    await open(`?run=${slow}`);
    const chart = page.getByRole('img', { name: /^loss/ });
    await chart.waitFor();
    const points = async () => chart.locator('circle').count();
    const before = await points();
    await recordMetrics(gateway.db, slow, [{ name: 'loss', step: 13, value: 0.2 }]);
    await chart.getByText('0.2 at step 13').waitFor({ state: 'attached' });
    assert.equal(await points(), before + 1);
  });

  it('shows markup in a tag as text', async () => {
    await open();
    assert.match(await rowOf(fast).innerText(), /<img src="x"/);
    assert.equal(await page.locator('img').count(), 0);
    assert.deepEqual(page.record.errors, []);
  });

  it('asks for another key where one is not enough', async () => {
    await page.goto(`${gateway.url}/pages/runs#key=${await gateway.keyFor('predict')}`);
    await page
      .getByRole('status')
      .filter({ hasText: /lacks the scope "status"/ })
      .waitFor();
    await page.getByLabel('API key').waitFor();
    assert.equal(await page.getByLabel('Filter').isVisible(), false);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await open(`?run=${slow}&run=${fast}`);
    await page.getByRole('img', { name: /^loss/ }).waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 400);
  });
});

async function addRun(db: Database, name: string, learningRate: number, epochs: number): Promise<string> {
  const [row] = await db('runs').limit(1).select<{ id: string }[]>('id');
  assert.ok(row !== undefined);
  const template = await readRun(db, row.id);
  const id = randomUUID();
  await beginRun(db, { ...template, id, trainer: 'logistic', params: { learningRate, epochs: 13 } });
  await tagRun(db, id, { set: { name }, removed: [] });
  const points = Array.from({ length: epochs }, (_, i) => ({
    name: 'loss',
    step: i + 1,
    value: 0.35 + 0.35 * Math.exp(-i * learningRate * 20),
  }));
  await recordMetrics(db, id, points);
  return id;
}
