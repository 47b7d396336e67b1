/**
 * The whole life of the flight-delay model, as a newcomer starts it: real data, real servers, one command. In the
 * middle every process is killed; the next start must recover and finish what was under way.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDatabase, type Database } from '../../src/store/database.js';
import { freePort } from '../../src/workers/local/ports.js';
import { startPostgres } from '../../src/workers/local/postgres.js';
import { processesNaming } from './processesNaming.js';

const program = fileURLToPath(new URL('../../examples/flights/start.js', import.meta.url));
const lifeTimeoutMs = 15 * 60_000;

interface Ended {
  code: number | null;
  output: string;
}

/** Runs `npm start -- --once` in a data directory; `onLine` sees what it prints. */
async function runLife(
  dataDirectory: string,
  onLine: (line: string) => void = () => undefined,
): Promise<Ended> {
  const environment = { ...process.env };
  delete environment['DATABASE_URL'];
  delete environment['TEMPORAL_ADDRESS'];
  const child = spawn(process.execPath, [program, '--once', '--data-dir', dataDirectory], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    onLine(line);
  });
  await once(child, 'close');
  return { code: child.exitCode, output: lines.join('\n') };
}

describe('a real model’s whole life', { timeout: lifeTimeoutMs }, () => {
  let dataDirectory: string;
  let finished: Ended;

  before(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'tempered-life-'));
    let killed = false;
    const interrupted = await runLife(dataDirectory, (line) => {
      // The rollout of the first version is under way: training, validation and the first stages are done.
      if (killed || !line.includes('stage 1')) return;
      killed = true;
      for (const pid of processesNaming(dataDirectory)) process.kill(pid, 'SIGKILL');
    });
    assert.ok(killed, `the life never came to its first rollout:\n${interrupted.output}`);
    assert.notEqual(interrupted.code, 0);
    finished = await runLife(dataDirectory);
  });

  after(() => rm(dataDirectory, { recursive: true, force: true }));

  it('finishes after every process was killed in the middle, and leaves no process behind', () => {
    assert.equal(finished.code, 0, finished.output);
    assert.deepEqual(processesNaming(dataDirectory), []);
  });

  it('tells what happened in a table', () => {
    for (const step of [
      'Baseline',
      'First version',
      'Shuffled labels',
      'Drift',
      'Retrained',
      'Feature bug',
      'rollback',
    ]) {
      assert.ok(finished.output.includes(step), `the table has no line "${step}":\n${finished.output}`);
    }
  });

  describe('what PostgreSQL says afterwards', () => {
    let db: Database;
    let stop: () => Promise<void>;

    before(async () => {
      const server = await startPostgres({
        dataDirectory: join(dataDirectory, 'postgres'),
        port: await freePort(),
        onProgress: () => undefined,
      });
      db = openDatabase(server.url);
      stop = async () => {
        await db.destroy();
        await server.stop();
      };
    });

    after(() => stop());

    it('the baseline was the first champion, and each later one was promoted by a rollout', async () => {
      const champions: { version: number; baseline_kind: string | null; status: string | null }[] = await db(
        'champions',
      )
        .leftJoin('rollouts', 'rollouts.id', 'champions.rollout_id')
        .orderBy('champions.version')
        .select('champions.version', 'champions.baseline_kind', 'rollouts.status');
      assert.deepEqual(champions[0], { version: 1, baseline_kind: 'baseline', status: null });
      assert.ok(champions.length >= 3);
      for (const champion of champions.slice(1)) assert.equal(champion.status, 'promoted');
    });

    it('the model trained on shuffled labels was stopped by validation and never served', async () => {
      const [control] = await db('runs')
        .join('model_versions', 'model_versions.run_id', 'runs.id')
        .join('validations', (on) =>
          on
            .on('validations.model', 'model_versions.model')
            .andOn('validations.version', 'model_versions.version'),
        )
        .where('runs.permuted_labels', true)
        .select<{ version: number; verdict: string }[]>('model_versions.version', 'validations.verdict');
      assert.ok(control);
      assert.equal(control.verdict, 'failed');
      const served = await db('predictions').where({ version: control.version }).limit(1).select('id');
      assert.deepEqual(served, []);
    });

    it('drift started exactly one retraining', async () => {
      const [row] = await db('retrainings').count<{ count: number }[]>('* as count');
      assert.equal(row?.count, 1);
    });

    it('the challenger with the feature bug passed validation and was taken out by its rollout', async () => {
      const rollout = await db('rollouts')
        .orderBy('started_at', 'desc')
        .first<{ status: string; reason: string }>();
      assert.ok(rollout);
      assert.equal(rollout.status, 'rolled-back');
      assert.match(rollout.reason, /^worse: log loss/);
    });

    it('invariant 1: each outcome belongs to a recorded, answered prediction', async () => {
      const [row] = await db('predictions')
        .join('outcomes', 'outcomes.prediction_id', 'predictions.id')
        .where('predictions.status', 'answered')
        .count<{ count: number }[]>('* as count');
      assert.ok((row?.count ?? 0) > 10_000);
    });

    it('invariant 3: every run names a dataset version whose lineage is complete', async () => {
      const rows = await db('runs')
        .join('dataset_versions', 'dataset_versions.id', 'runs.training_dataset_id')
        .select<{ manifest: Record<string, unknown> }[]>('dataset_versions.manifest');
      assert.ok(rows.length >= 4);
      for (const { manifest } of rows) {
        for (const field of [
          'source',
          'sourceSha256',
          'query',
          'rowCount',
          'columns',
          'eventTimeRange',
          'parquetSha256',
        ]) {
          assert.ok(manifest[field], `a dataset version has no ${field}`);
        }
      }
    });

    it('no request of the client failed while versions were swapped', async () => {
      const failed = await db('predictions')
        .whereNot('status', 'answered')
        .select('status', 'error')
        .limit(5);
      assert.deepEqual(failed, []);
    });
  });
});
