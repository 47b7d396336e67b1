import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Feature } from '../../src/domain/feature.js';
import { signatureOf } from '../../src/domain/signature.js';
import { columnTensors } from '../../src/inference/columns.js';
import { type InferencePool, createInferencePool } from '../../src/inference/pool.js';
import { measureLatency, scoreColumns, scoreOf } from '../../src/inference/score.js';
import { exportBaseRate } from '../../src/training/onnx/exportBaseRate.js';

const features: Feature[] = [
  { name: 'distance', kind: 'numeric' },
  { name: 'origin', kind: 'categorical', values: ['ATL', 'ORD'] },
];
const signature = signatureOf(features);
const batch = { distance: Float32Array.of(1, 2, 3), origin: ['ATL', 'ORD', 'LAX'] };
const inputs = columnTensors(signature, batch, 0, 3);

describe('inference pool', () => {
  let directory: string;
  /** By each thread ever started, how to kill it. */
  let threads: { kill: () => Promise<void> }[];
  let pool: InferencePool;

  const writeModel = async (name: string, bytes: Uint8Array): Promise<string> => {
    const file = join(directory, name);
    await writeFile(file, bytes);
    return file;
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tempered-pool-'));
    threads = [];
    pool = createInferencePool({
      threads: 2,
      startWorker: () => {
        const { port1: killer, port2: death } = new MessageChannel();
        const worker = new Worker(new URL('mortalThread.js', import.meta.url), {
          workerData: death,
          transferList: [death],
        });
        const exited = once(worker, 'exit');
        threads.push({
          kill: async () => {
            killer.postMessage('die');
            await exited;
          },
        });
        return worker;
      },
    });
    await pool.load('quarter', await writeModel('quarter.onnx', exportBaseRate(features, 0.25)));
  });

  after(async () => {
    await pool.close();
    await rm(directory, { recursive: true });
  });

  it('answers many requests at once, each with its own rows, and leaves the caller its arrays', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        pool.run('quarter', columnTensors(signature, batch, 0, (i % 3) + 1)),
      ),
    );
    answers.forEach((outputs, i) => {
      assert.deepEqual(scoreOf(outputs, (i % 3) + 1, 'quarter'), new Float32Array((i % 3) + 1).fill(0.25));
    });
    assert.deepEqual(batch.distance, Float32Array.of(1, 2, 3));
  });

  it('scores a batch larger than one run, in order', async () => {
    const rows = 10_000;
    const large = { distance: new Float32Array(rows), origin: new Array<string>(rows).fill('ATL') };
    assert.deepEqual(
      await scoreColumns(pool, 'quarter', signature, large),
      new Float32Array(rows).fill(0.25),
    );
    await assert.rejects(scoreColumns(pool, 'quarter', signature, { distance: large.distance }), {
      code: 'InvalidInput',
      message: /no column "origin"/,
    });
  });

  it('measures latency as ordered percentiles', async () => {
    const { p50Ms, p99Ms } = await measureLatency(pool, 'quarter', signature, batch, 50);
    assert.ok(p50Ms > 0 && p99Ms >= p50Ms);
  });

  it('keeps nothing of a model that cannot be loaded', async () => {
    const file = await writeModel('broken.onnx', Buffer.from('not a graph'));
    await assert.rejects(pool.load('broken', file), {
      code: 'UnusableModel',
      message: /"broken" cannot be loaded/,
    });
    await assert.rejects(pool.run('broken', inputs), { code: 'UnusableModel', message: /not loaded/ });
  });

  it('says when a model fails on its inputs, and goes on', async () => {
    const wrong = inputs.map((tensor) => ({ ...tensor, name: `${tensor.name}?` }));
    await assert.rejects(pool.run('quarter', wrong), { code: 'UnusableModel', message: /"quarter" failed/ });
    assert.equal((await pool.run('quarter', inputs)).length, 1);
  });

  it('frees a model when it was unloaded as often as it was loaded, after the runs before', async () => {
    const file = await writeModel('half.onnx', exportBaseRate(features, 0.5));
    await Promise.all([pool.load('half', file), pool.load('half', file)]);
    await pool.unload('half');
    const running = Promise.all(Array.from({ length: 50 }, () => pool.run('half', inputs)));
    await pool.unload('half');
    assert.equal((await running).length, 50);
    await assert.rejects(pool.run('half', inputs), { code: 'UnusableModel' });
  });

  it('finishes what is running before it closes', async () => {
    const closing = createInferencePool({ threads: 1 });
    await closing.load('quarter', join(directory, 'quarter.onnx'));
    const running = closing.run('quarter', inputs);
    const [[outputs]] = await Promise.all([running, closing.close()]);
    assert.equal(outputs?.shape[0], 3);
    await assert.rejects(closing.run('quarter', inputs), { code: 'Unavailable' });
  });

  it('replaces a thread that died, with its models; only its own requests fail, as Unavailable', async () => {
    const [first, second] = threads;
    assert.ok(first && second);
    const results = Promise.allSettled(Array.from({ length: 100 }, () => pool.run('quarter', inputs)));
    await first.kill();
    for (const result of await results) {
      if (result.status === 'rejected') assert.match(String(result.reason), /An inference thread ended/);
    }
    // The other original goes, too: what answers now are replacements.
    await second.kill();
    assert.equal(threads.length, 4);
    const answers = await Promise.all(Array.from({ length: 100 }, () => pool.run('quarter', inputs)));
    assert.equal(answers.length, 100);
  });
});
