import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import type { Database } from '../../../src/store/database.js';
import { registerDefinition } from '../../../src/store/models.js';
import { recordWindow } from '../../../src/store/monitoring.js';
import { readLatestRollout, recordRolloutDecision } from '../../../src/store/rollouts.js';
import { servedDefinition } from '../../support/servedModel.js';
import { launchBrowser, openPage, type WatchedPage } from './browser.js';
import { startServedGateway, type ServedGateway } from './servedGateway.js';

const markup = `<img src="x" onerror="alert('run')"> & <script>alert('run')</script>`;

let gateway: ServedGateway;
let browser: Browser;
let page: WatchedPage;
describe('the status page', () => {
  before(async () => {
    browser = await launchBrowser();
  });
  before(async () => {
    gateway = await startServedGateway();
  });
  before(() => rollOutSecondVersion(gateway));
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

  it('takes the key from the address, hides it, and shows what is true of the model', async () => {
    const key = await gateway.keyFor('status');
    await page.goto(`${gateway.url}/#key=${key}`);
    await card('arrival').waitFor();
    assert.equal(page.url(), `${gateway.url}/`);
    assert.equal(await page.getByLabel('API key').isVisible(), false);

    await assertShows(card('arrival'), [
      'whether it arrives late (tests)',
      'Deployment, epoch 2',
      'champion v1',
      '75 %',
      'challenger v2',
      '25 %',
      '1 of 1 gateways serve it',
      'Rollout of v2 against v1',
    ]);
    await assertShows(row('arrival', 'Decisions', 'too few outcomes'), [
      'hold',
      '41 requests, 12 outcomes, log loss 0.5123',
    ]);
    await assertShows(row('arrival', 'Validations', 'passed'), ['v2', 'v1']);
    await assertShows(row('arrival', 'Validations', 'failed'), [
      '✓ AUC 0.6812 (≥ 0.58)',
      '✗ calibration error 0.15 (≤ 0.1)',
    ]);
    await assertShows(row('arrival', 'Monitoring windows', 'drifted'), [
      '2001-05-01 00:00',
      '7,012',
      'distance 0.4',
    ]);
    await assertShows(row('arrival', 'Versions', 'trained'), ['v2']);
    await assertShows(row('arrival', 'Versions', 'baseline'), ['v1']);
    assert.deepEqual(await weights(), [0.75, 0.25]);
    assert.deepEqual(page.record.errors, []);
  });

  it('takes the key from a link that is opened in the same tab, too', async () => {
    await page.goto(gateway.url);
    await page.getByLabel('API key').waitFor();
    await page.goto(`${gateway.url}/#key=${await gateway.keyFor('status')}`);
    await card('arrival').waitFor();
    assert.equal(page.url(), `${gateway.url}/`);
  });

  it('follows the model, and leaves what has not changed as it is', async () => {
    await page.goto(`${gateway.url}/#key=${await gateway.keyFor('status')}`);
    await card('arrival').waitFor();
    await page.evaluate("document.querySelector('article').seen = true");
    const refreshed = await page.getByRole('status').innerText();
    await page.getByRole('status').filter({ hasText: 'as of', hasNotText: refreshed }).waitFor();
    assert.equal(await page.evaluate("document.querySelector('article').seen"), true);

    const epoch = await gateway.served.deployChallenger(2, 0.5);
    await card('arrival')
      .getByText(`Deployment, epoch ${String(epoch)}`)
      .waitFor();
    assert.deepEqual(await weights(), [0.5, 0.5]);
    assert.deepEqual(page.record.errors, []);
  });

  it('asks for a key where it has none, and keeps the one that is typed for this tab only', async () => {
    await page.goto(gateway.url);
    await enterKey(await gateway.keyFor('status'));
    await card('arrival').waitFor();
    assert.equal(await page.getByLabel('API key').isVisible(), false);
    await page.reload();
    await card('arrival').waitFor();
    assert.deepEqual(page.record.errors, []);

    const other = await page.context().newPage();
    await other.goto(gateway.url);
    await other.getByLabel('API key').waitFor();
  });

  it('says that a key is wrong, and asks again', async () => {
    for (const [key, message] of [
      ['tempered_0000_wrong', /This API key is not valid/],
      [await gateway.keyFor('predict'), /This API key lacks the scope "status"/],
    ] as const) {
      await page.goto(gateway.url);
      await enterKey(key);
      await page.getByRole('status').filter({ hasText: message }).waitFor();
      await page.getByLabel('API key').waitFor();
      assert.equal(await page.getByRole('article').count(), 0);
    }
    await enterKey(await gateway.keyFor('status'));
    await card('arrival').waitFor();
  });

  it('shows markup in a description as text', async () => {
    await registerDefinition(gateway.db, { ...servedDefinition, name: 'marked-up', description: markup });
    await page.goto(`${gateway.url}/#key=${await gateway.keyFor('status')}`);
    await assertShows(card('marked-up'), [markup, 'Not deployed yet.']);
    assert.equal(await page.locator('img, article script').count(), 0);
    assert.deepEqual(page.record.errors, []);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await page.goto(`${gateway.url}/#key=${await gateway.keyFor('status')}`);
    await card('arrival').waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 400);
  });
});

function card(model: string): Locator {
  return page.getByRole('article').filter({ has: page.getByRole('heading', { name: model, exact: true }) });
}

function row(model: string, table: string, text: string): Locator {
  return card(model).getByRole('table', { name: table }).getByRole('row').filter({ hasText: text });
}

async function assertShows(place: Locator, texts: readonly string[]): Promise<void> {
  const shown = (await place.innerText()).replaceAll(/\s+/g, ' ');
  for (const text of texts) assert.ok(shown.includes(text), `"${text}" is not in: ${shown}`);
}

async function enterKey(key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Show' }).click();
}

/** The arms' shares, as the meters show them. */
async function weights(): Promise<number[]> {
  const meters = await card('arrival').getByRole('meter').all();
  return Promise.all(meters.map(async (meter) => Number(await meter.getAttribute('value'))));
}

/** Version 2 in its first stage against version 1, with what validation, rollout and monitoring leave behind. */
async function rollOutSecondVersion({ db, served }: ServedGateway): Promise<void> {
  const { version } = await served.addVersion(0.5);
  await served.deployChallenger(version, 0.25);
  await recordFailedValidation(db);
  await recordDecision(db, served.model);
  await recordWindow(db, served.model, 1, {
    window: { from: '2001-05-01T00:00:00.000Z', to: '2001-05-08T00:00:00.000Z' },
    status: 'drifted',
    reason: 'log loss rose by 0.21 (0.15 to 0.27)',
    predictions: 7012,
    outcomes: 6950,
    columns: [
      { column: 'age', psi: 0.02, ks: null },
      { column: 'distance', psi: 0.4, ks: null },
    ],
    driftedColumns: ['distance'],
    logLossIncrease: { estimate: 0.21, lower: 0.15, upper: 0.27 },
    positiveRate: 0.29,
  });
}

/** Beside the one that passed. */
async function recordFailedValidation(db: Database): Promise<void> {
  const checks = [
    { criterion: 'AUC', bound: '≥ 0.58', value: 0.68123, passed: true },
    { criterion: 'calibration error', bound: '≤ 0.1', value: 0.15, passed: false },
  ];
  await db.raw(
    `insert into validations (id, model, version, champion_version, verdict, report, dataset_id,
       champion_dataset_id, reference_profile_sha256)
     select ?, model, version, champion_version, 'failed', ?, dataset_id, champion_dataset_id,
       reference_profile_sha256
     from validations`,
    [randomUUID(), JSON.stringify({ verdict: 'failed', checks })],
  );
}

async function recordDecision(db: Database, model: string): Promise<void> {
  const rollout = await readLatestRollout(db, model);
  assert.ok(rollout);
  const arm = {
    requests: 41,
    failed: 0,
    latencyP99Ms: 4.2,
    outcomes: 12,
    meanLogLoss: 0.51234,
    logLossVariance: 0.1,
  };
  const decision = { action: 'hold' as const, reason: 'too few outcomes', logLossDifference: null };
  await recordRolloutDecision(db, rollout.id, {
    ...decision,
    sequence: 0,
    stage: 0,
    evidence: {
      stage: { champion: { version: 1, ...arm }, challenger: { version: 2, ...arm } },
      decision,
    },
  });
}
