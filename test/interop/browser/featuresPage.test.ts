import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { registerEntity } from '../../../src/store/entities.js';
import { registerFeatureView } from '../../../src/store/featureViews.js';
import { completeMaterialization } from '../../../src/store/materializations.js';
import { registerDefinition } from '../../../src/store/models.js';
import { requireOnlineView } from '../../../src/store/onlineFeatures.js';
import { shop, shopSales } from '../../support/featureViews.js';
import { servedDefinition } from '../../support/servedModel.js';
import { launchBrowser, openPage, type WatchedPage } from './browser.js';
import { startServedGateway, type ServedGateway } from './servedGateway.js';

let gateway: ServedGateway;
let browser: Browser;
let page: WatchedPage;

describe('the features page', () => {
  before(async () => {
    browser = await launchBrowser();
    gateway = await startServedGateway();
    await prepare(gateway);
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

  it('shows each view: owner, freshness, statistics, features with types and defaults, and who uses them', async () => {
    await page.goto(`${gateway.url}/pages/features#key=${await gateway.keyFor('status')}`);
    const card = page.locator('article', { hasText: 'shop-sales' });
    await card.waitFor();
    const text = await card.innerText();
    for (const shown of [
      'what a shop sold',
      'tests',
      'code: string',
      '48 hours',
      '2001-01-02 09:00',
      '1,200 rows',
    ]) {
      assert.ok(text.includes(shown), `${shown} is not in ${text}`);
    }
    const amount = card.locator('tr', { hasText: 'takings in euros' });
    assert.match(await amount.innerText(), /amount\s+number\s+0\s+25\.0 %\s+900\s+1\s+7\.5\s+99\s+arrival/);
    assert.match(
      await card.locator('tr', { hasText: 'current' }).innerText(),
      /arrival\s+none yet\s+current\s+amount/,
    );
    await card.getByText('How it is computed').click();
    assert.ok(await card.getByText('happened', { exact: true }).isVisible());
    assert.deepEqual(page.record.errors, []);
  });

  it('finds a view by words, and is reached from the status page', async () => {
    await page.goto(`${gateway.url}/#key=${await gateway.keyFor('status')}`);
    await page.getByRole('link', { name: 'Features' }).click();
    const card = page.locator('article');
    await card.first().waitFor();
    await page.getByLabel('Find').fill('nothing like it');
    assert.equal(await card.first().isVisible(), false);
    await page.getByLabel('Find').fill('euros arrival');
    assert.equal(await card.first().isVisible(), true);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(`${gateway.url}/pages/features#key=${await gateway.keyFor('status')}`);
    await page.locator('article').first().waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
  });
});

/** A view that was materialized, and a model that uses it. */
async function prepare({ db }: ServedGateway): Promise<void> {
  await registerEntity(db, shop);
  await registerFeatureView(db, shopSales);
  const view = await requireOnlineView(db, 'shop-sales');
  const strings = { missing: 0, distinct: 3, min: null, mean: null, max: null };
  await completeMaterialization(db, view, {
    id: '00000000-0000-4000-8000-000000000001',
    view: 'shop-sales',
    version: 1,
    kind: 'incremental',
    known: { from: '2001-01-01T00:00:00.000Z', to: '2001-01-02T10:00:00.000Z' },
    rowCount: 1200,
    statistics: {
      rows: 1200,
      entities: 40,
      newestEventTime: '2001-01-02T09:00:00.000Z',
      features: {
        amount: { missing: 300, distinct: 900, min: 1, mean: 7.5, max: 99 },
        items: { missing: 0, distinct: 12, min: 0, mean: 3, max: 12 },
        best: strings,
      },
    },
    workflowId: 'materializeFeatures/shop-sales@1',
  });
  await registerDefinition(db, {
    ...servedDefinition,
    featureViews: [
      { view: 'shop-sales', version: 1, keys: { code: 'origin' }, features: { takings: 'amount' } },
    ],
    features: [...servedDefinition.features, { name: 'takings', kind: 'numeric' }],
  });
}
