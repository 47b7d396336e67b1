import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { z } from 'zod';
import type { CheckResult } from '../../../src/domain/dataCheck.js';
import type { ColumnStatistics } from '../../../src/domain/dataset.js';
import { recordArtifact } from '../../../src/store/artifacts.js';
import { recordDatasetVersion } from '../../../src/store/datasets.js';
import { abandonRun, beginRun, completeRun, readRun } from '../../../src/store/runs.js';
import { tagRun } from '../../../src/store/runTags.js';
import { startOpenLineageDelivery } from '../../../src/workers/openLineage/delivery.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { requireEnvironment } from '../../support/environment.js';
import { registerModel } from '../../support/registry.js';
import { waitFor } from '../../support/waitFor.js';

const program = fileURLToPath(new URL('../../../../test/interop/openLineage/receiver.py', import.meta.url));
const sha256 = 'b'.repeat(64);

const statistics: ColumnStatistics = {
  ...{ name: 'x', nulls: 1, nonFinite: 0, distinct: 6, min: -1, max: 2.5, mean: 0.5, std: 1 },
  quantiles: { p05: -1, p25: 0, p50: 0.5, p75: 1, p95: 2.5 },
  ...{ topValues: null, approximate: false },
};
const check: CheckResult = {
  ...{ kind: 'range', columns: ['x'], expected: 'x is at least 0', found: '1 of 7 rows is less', met: false },
  ...{ rows: 7, offendingRows: 1, firstAt: null, lastAt: null },
};

describe('OpenLineage’s own client', () => {
  let database: TestDatabase;
  let receiver: ChildProcess;
  let url: string;

  before(async () => {
    database = await createTestDatabase();
    const python = spawn(requireEnvironment('TEMPERED_OPENLINEAGE_PYTHON'), [program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    receiver = python;
    const [port] = z.tuple([z.instanceof(Buffer)]).parse(await once(python.stdout, 'data'));
    url = `http://127.0.0.1:${String(port).trim()}/api/v1/lineage`;
  });
  after(async () => {
    const gone = once(receiver, 'exit');
    receiver.kill();
    await gone;
    await database.drop();
  });

  /** Leaves at least one event of every kind in the outbox, with every facet. */
  async function liveALife(): Promise<void> {
    const { db } = database;
    const registry = await registerModel(db);
    await recordArtifact(db, { sha256, bytes: 3, kind: 'model' });
    await recordDatasetVersion(db, {
      ...{ id: 'c'.repeat(64), source: 'rows', sourceSha256: 'd'.repeat(64), query: 'SELECT 1' },
      featureViews: [
        {
          ...{ view: 'airports', version: 2, definitionDigest: 'e'.repeat(64) },
          ...{ source: 'rows', sourceSha256: 'd'.repeat(64), features: {} },
        },
      ],
      window: { from: '2001-01-01T00:00:00.000Z', to: '2001-01-08T00:00:00.000Z' },
      ...{ eventTimeRange: null, rowCount: 7, columns: [{ name: 'x', type: 'DOUBLE' }] },
      ...{ statistics: [statistics], checks: [check] },
      ...{ parquetSha256: sha256, parquetBytes: 70 },
    });
    const run = await registry.addRun();
    await tagRun(db, run, { set: { note: 'first' }, removed: [] });
    await completeRun(db, run, {
      modelSha256: sha256,
      metrics: [{ name: 'loss', step: 1, value: 0.5 }],
      parity: null,
      environment: null,
      resources: { cpuSeconds: 2, gpuSeconds: null },
    });
    const version = await registry.addVersion({ runId: run });
    await registry.addValidation({ version, championVersion: version, verdict: 'passed' });
    const template = await readRun(db, run);
    await beginRun(db, { ...template, id: randomUUID(), trainingDatasetId: 'c'.repeat(64) });
    await abandonRun(db, await registry.addRun(), 'failed', 'it diverged');
    await abandonRun(db, await registry.addRun(), 'cancelled', 'by an operator');
  }

  it('takes every event of a life as it is', async () => {
    const { db } = database;
    await liveALife();
    const delivery = startOpenLineageDelivery({
      db,
      endpoint: { url, apiKey: undefined },
      producer: { namespace: 'tests', version: '1.2.3' },
      log: pino({ level: 'silent' }),
      pauseMs: 20,
    });
    try {
      await waitFor('an empty outbox', async () => {
        const pending = await db('openlineage_events').where({ delivered_at: null, refused_at: null });
        return pending.length === 0;
      });
    } finally {
      await delivery.stop();
    }
    assert.deepEqual(
      await db('openlineage_events').whereNotNull('refused_at').select('event_type', 'last_error'),
      [],
    );
    const delivered = await db('openlineage_events')
      .distinct('subject_kind', 'event_type')
      .orderBy(['subject_kind', 'event_type']);
    assert.deepEqual(
      delivered.map(({ subject_kind, event_type }) => `${String(subject_kind)} ${String(event_type)}`),
      [
        ...['dataset COMPLETE', 'dataset START', 'run ABORT', 'run COMPLETE', 'run FAIL', 'run START'],
        ...['validation COMPLETE', 'validation START', 'version COMPLETE', 'version START'],
      ],
    );
  });

  it('refuses what is no event, so that taking one means something', async () => {
    const refusal = await fetch(url, { method: 'POST', body: JSON.stringify({ eventType: 'START' }) });
    assert.equal(refusal.status, 422);
    await refusal.text();
  });
});
