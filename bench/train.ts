/**
 * The same network, trained on real flights by our trainer on native TensorFlow and by Keras on the wheel that our
 * library comes from: `npm run bench:train [-- <rows> <runs>]`. Runs alternate, each in a process of its own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readColumns } from '../src/artifacts/columns.js';
import { openFileSystemArtifactStore } from '../src/artifacts/fileSystem.js';
import { snapshotDataset } from '../src/artifacts/snapshot.js';
import { runProgram } from '../src/runProgram.js';
import { quantile } from '../src/statistics/quantile.js';
import { installNativeTensorFlow } from '../src/workers/local/installNativeTensorFlow.js';
import { pythonEnvironment } from './pythonEnvironment.js';
import { dataset, flightsPath, trainer } from './train/job.js';

const rows = Number(process.argv[2] ?? 1_000_000);
const runs = Number(process.argv[3] ?? 3);
const threads = availableParallelism();
const timeoutMs = 30 * 60_000;

const reportSchema = z.object({
  fitSeconds: z.number(),
  losses: z.array(z.number()),
  library: z.record(z.string(), z.string()),
});
type Timing = z.output<typeof reportSchema> & { totalSeconds: number };

await installNativeTensorFlow('tfjs-node', (message) => console.error(message));
const python = await pythonEnvironment(['tensorflow-cpu==2.15.1', 'numpy==1.26.4', 'pyarrow==21.0.0']);
const directory = await mkdtemp(join(tmpdir(), 'tempered-bench-'));
try {
  const snapshot = await makeSnapshot();
  const airports = JSON.stringify(await airportsIn(snapshot));
  const ours = fileURLToPath(new URL('train/trainWithTempered.js', import.meta.url));
  const peers = fileURLToPath(new URL('../../bench/train/trainWithKeras.py', import.meta.url));
  const timings: { tempered: Timing[]; keras: Timing[] } = { tempered: [], keras: [] };
  for (let run = 1; run <= runs; run++) {
    timings.tempered.push(await time(process.execPath, [ours, snapshot, airports]));
    timings.keras.push(
      await time(python, [peers, snapshot, airports, String(threads), JSON.stringify(trainer)]),
    );
    console.log(`run ${run} of ${runs}: ${describe('tempered')}; ${describe('keras')}`);
  }
  console.log(`${rows} rows, ${trainer.epochs} epochs, batches of ${trainer.batchSize}, ${threads} threads`);
  compare('training, from loaded data', ({ fitSeconds }) => fitSeconds);
  compare('end to end, from Parquet', ({ totalSeconds }) => totalSeconds);

  function describe(name: 'tempered' | 'keras'): string {
    const timing = timings[name].at(-1);
    if (timing === undefined) return name;
    const losses = timing.losses.map((loss) => loss.toFixed(4)).join(' ');
    return `${name} ${timing.fitSeconds.toFixed(1)} s of ${timing.totalSeconds.toFixed(1)} s, losses ${losses}`;
  }

  function compare(what: string, secondsOf: (timing: Timing) => number): void {
    const [mine, theirs] = [timings.tempered, timings.keras].map((all) => quantile(all.map(secondsOf), 0.5));
    if (mine === undefined || theirs === undefined) return;
    console.log(
      `${what}: tempered ${mine.toFixed(1)} s, Keras ${theirs.toFixed(1)} s: ${(mine / theirs).toFixed(2)} times`,
    );
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function makeSnapshot(): Promise<string> {
  const store = openFileSystemArtifactStore(join(directory, 'artifacts'));
  const source = { name: 'flights', configuration: { kind: 'parquet' as const, path: flightsPath } };
  const window = { from: '2001-01-01T00:00:00Z', to: '2001-07-01T00:00:00Z' };
  const version = await snapshotDataset({ source, dataset, window, maxRows: rows }, store);
  return store.fetch(version.parquetSha256);
}

async function airportsIn(snapshot: string): Promise<string[]> {
  const names = new Set<string>();
  const features = (['origin', 'destination'] as const).map((name) => ({
    name,
    kind: 'categorical' as const,
    values: ['ATL'],
  }));
  for await (const batch of readColumns(snapshot, { features, batchRows: 65_536 })) {
    for (const column of Object.values(batch)) for (const name of column) names.add(String(name));
  }
  return [...names].sort();
}

async function time(program: string, args: readonly string[]): Promise<Timing> {
  const environment = {
    ...process.env,
    TEMPERED_TENSORFLOW_BACKEND: 'tfjs-node',
    TEMPERED_TENSORFLOW_THREADS: String(threads),
  };
  const startedAt = performance.now();
  const output = await runProgram(program, args, { timeoutMs, environment });
  const report = reportSchema.parse(JSON.parse(output.trim().split('\n').at(-1) ?? ''));
  return { ...report, totalSeconds: (performance.now() - startedAt) / 1000 };
}
