import { defineSearchAttributeKey } from '@temporalio/common';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { withSandbox } from '../../src/artifacts/duckdb.js';
import type { FeatureViewInput } from '../../src/domain/featureView.js';
import { controlTaskQueue, materializationId } from '../../src/domain/names.js';
import type { MaterializeFeaturesInput } from '../../src/domain/workflowInput.js';
import { registerEntity } from '../../src/store/entities.js';
import { registerFeatureView } from '../../src/store/featureViews.js';
import { listMaterializations, readWatermark } from '../../src/store/materializations.js';
import { OnlineFeatureReader, requireOnlineView } from '../../src/store/onlineFeatures.js';
import { materializeFeatures, statusQuery } from '../../src/workflows/index.js';
import { shop, shopSales } from '../support/featureViews.js';
import { recordHistory } from '../support/histories.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { failureOf } from '../support/workflows.js';

let directory: string;
let platform: Platform;
let reader: OnlineFeatureReader;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tempered-sales-'));
  platform = await createPlatform({
    gpu: false,
    sources: { sales: { kind: 'parquet', path: join(directory, 'sales.parquet') } },
  });
  reader = new OnlineFeatureReader(platform.environment.DATABASE_URL ?? '');
  await registerEntity(platform.db, shop);
});
after(async () => {
  await reader.close();
  await platform.close();
  await rm(directory, { recursive: true, force: true });
});

/** Shop, hour of 2001-01-01 at which it happened, hour at which it came in, amount. */
type Sale = [code: string, at: number, known: number, amount: number];

async function writeSales(sales: readonly Sale[]): Promise<void> {
  const rows = sales.map(
    ([code, at, known, amount]) =>
      `('${code}', TIMESTAMP '2001-01-01' + to_hours(${String(at)}), TIMESTAMP '2001-01-01' + to_hours(${String(known)}), ${String(amount)}::DOUBLE, 1, 'tea')`,
  );
  await withSandbox({ files: [], directory }, (connection) =>
    connection.run(
      `COPY (SELECT * FROM (VALUES ${rows.join(', ')}) AS t(code, happened, known, amount, items, best))
       TO '${join(directory, 'sales.parquet')}' (FORMAT parquet)`,
    ),
  );
}

const firstSales: Sale[] = [
  ['A', 1, 1, 10],
  ['A', 5, 6, 20],
  ['B', 3, 9, 30],
];
const hour = (hours: number) => new Date(Date.UTC(2001, 0, 1, hours)).toISOString();
/** A watermark lies a millisecond after the newest row. */
const justAfter = (hours: number) => new Date(Date.parse(hour(hours)) + 1).toISOString();

async function prepare(name: string, change: Partial<FeatureViewInput> = {}) {
  await registerFeatureView(platform.db, {
    ...shopSales,
    name,
    materialization: { latenessHours: 2 },
    ...change,
  });
  const view = await requireOnlineView(platform.db, name);
  const start = (input: Partial<MaterializeFeaturesInput> = {}) =>
    platform.client.workflow.start(materializeFeatures, {
      taskQueue: controlTaskQueue,
      workflowId: `${materializationId(name, view.version)}/${randomUUID()}`,
      args: [{ view: name, ...input }],
    });
  const materialize = async (input: Partial<MaterializeFeaturesInput> = {}) => (await start(input)).result();
  const amountAt = async (code: string, hours: number) => {
    const [answer] = await reader.read([{ view, entityKey: code, moment: new Date(hour(hours)) }]);
    return answer?.features.amount;
  };
  const watermark = async () => (await readWatermark(platform.db, view))?.toISOString() ?? null;
  return { view, start, materialize, amountAt, watermark };
}

describe('materializing features', () => {
  it('brings the latest value of each entity into the store, and moves the watermark to just after the newest row', async () => {
    await writeSales(firstSales);
    const { start, amountAt, watermark } = await prepare('first');
    const handle = await start();
    assert.deepEqual(await handle.result(), {
      view: 'first',
      version: 1,
      kind: 'incremental',
      known: { from: hour(1), to: justAfter(9) },
      rows: 2,
      watermark: justAfter(9),
    });
    assert.deepEqual(await amountAt('A', 10), { value: 20, state: 'fresh' });
    assert.deepEqual(await amountAt('B', 10), { value: 30, state: 'fresh' });
    assert.equal(await watermark(), justAfter(9));

    const [newest] = await listMaterializations(platform.db, { view: 'first', version: 1 });
    assert.equal(newest?.rowCount, 3);
    assert.deepEqual(newest.statistics.features.amount, {
      missing: 0,
      distinct: 3,
      min: 10,
      mean: 20,
      max: 30,
    });
    assert.deepEqual(newest.statistics.features.best, {
      missing: 0,
      distinct: 1,
      min: null,
      mean: null,
      max: null,
    });

    const status = await handle.query(statusQuery);
    assert.deepEqual([status.view, status.model, status.version, status.stage], ['first', null, 1, 'done']);
    const { typedSearchAttributes } = await handle.describe();
    const attribute = defineSearchAttributeKey('TemperedFeatureView', 'KEYWORD');
    assert.equal(typedSearchAttributes.get(attribute), 'first');
    await recordHistory(handle, 'materializeFeatures');
  });

  it('goes on from the watermark, and finds rows that came late by no more than the declared lateness', async () => {
    await writeSales(firstSales);
    const { materialize, amountAt } = await prepare('late');
    await materialize();
    await writeSales([...firstSales, ['A', 6, 8, 40], ['B', 4, 5, 50], ['A', 10, 12, 60]]);
    const { known, rows } = await materialize();
    assert.deepEqual(known, {
      from: new Date(Date.parse(justAfter(9)) - 2 * 3_600_000).toISOString(),
      to: justAfter(12),
    });
    assert.equal(rows, 2, 'A at 10 o’clock, and B once more; what B should have said at 5 is too late');
    assert.deepEqual(await amountAt('A', 13), { value: 60, state: 'fresh' });
    assert.deepEqual(await amountAt('B', 13), { value: 30, state: 'fresh' });
  });

  it('materializes up to a moment, and from there to the next', async () => {
    await writeSales(firstSales);
    const { materialize, amountAt, watermark } = await prepare('stepwise');
    const first = await materialize({ to: hour(6) });
    assert.deepEqual([first.rows, await watermark()], [1, hour(6)]);
    assert.deepEqual(
      await amountAt('A', 10),
      { value: 10, state: 'fresh' },
      'the row known at 6 is not before it',
    );
    await materialize({ to: '2001-01-01T08:30:00+02:00' });
    assert.equal(await watermark(), '2001-01-01T06:30:00.000Z');
    assert.deepEqual(await amountAt('A', 10), { value: 20, state: 'fresh' });
    assert.deepEqual(await amountAt('B', 10), { value: 0, state: 'missing' });
  });

  it('a backfill writes a range and moves no watermark; nothing known leaves all as it was', async () => {
    await writeSales(firstSales);
    const { materialize, start, amountAt, watermark } = await prepare('backfilled');
    await materialize({ to: hour(2) });
    const handle = await start({ from: hour(8), to: hour(10) });
    const { kind, rows } = await handle.result();
    assert.deepEqual([kind, rows, await watermark()], ['backfill', 1, hour(2)]);
    assert.deepEqual(await amountAt('B', 10), { value: 30, state: 'fresh' });
    assert.deepEqual(await amountAt('A', 10), { value: 10, state: 'fresh' });
    await recordHistory(handle, 'materializeFeatures-backfill');

    const nothing = await materialize({ from: hour(20), to: hour(30) });
    assert.deepEqual([nothing.known, nothing.rows, await watermark()], [null, 0, hour(2)]);
  });

  it('invariant 4: no leak from the future: aggregates end at the newest row, not at ticks that may still change', async () => {
    await writeSales(firstSales);
    const { amountAt, materialize, watermark } = await prepare('hourly', {
      aggregation: {
        everyMinutes: 60,
        windowMinutes: 240,
        features: { amount: 'sum(amount)', items: 'count(*)', best: 'max(best)' },
      },
      materialization: { historyHours: 24 },
    });
    await materialize();
    assert.equal(await watermark(), justAfter(9));
    const seen = [];
    for (const hours of [2, 5, 7, 10]) seen.push((await amountAt('A', hours))?.value);
    assert.deepEqual(seen, [10, 10, 20, 20], 'as they were known then, of a window of four hours');
  });

  it('tells a wrong input, an unknown view and an unknown version at once', async () => {
    const { start } = await prepare('asked-wrongly');
    const other = (input: MaterializeFeaturesInput) =>
      platform.client.workflow.start(materializeFeatures, {
        taskQueue: controlTaskQueue,
        workflowId: `materializeFeatures/${randomUUID()}`,
        args: [input],
      });
    assert.match(
      (await failureOf(await start({ from: hour(2), to: hour(1) }))).message,
      /to: must be after from/,
    );
    assert.match((await failureOf(await other({ view: 'nothing' }))).message, /no feature view "nothing"/);
    assert.match(
      (await failureOf(await start({ version: 7 }))).message,
      /There is no version 7 .* newest is 1/,
    );
  });
});
