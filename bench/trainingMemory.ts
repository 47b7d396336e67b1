/**
 * Whether the memory of a training grows with its rows: `npm run bench:training-memory`. One epoch of the same network over
 * 300,000 and over 3,000,000 real flights: what the training process runs, each in a process of its own whose peak is told.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { openFileSystemArtifactStore } from '../src/artifacts/fileSystem.js';
import { snapshotDataset } from '../src/artifacts/snapshot.js';
import { train } from '../src/training/train.js';
import { dataset, featuresFor, flightsPath, trainer } from './train/job.js';

const program = fileURLToPath(import.meta.url);
const measuredSchema = z.object({ seconds: z.number(), peakMiB: z.number(), backend: z.string() });
const messageSchema = z.tuple([measuredSchema]).rest(z.unknown());
type Measured = z.output<typeof measuredSchema>;

const [datasetPath, directory] = process.argv.slice(2);
if (datasetPath === undefined || directory === undefined) await measure();
else process.send?.(await trainOnce(datasetPath, directory));

async function measure(): Promise<void> {
  const few = await run(300_000);
  const many = await run(3_000_000);
  console.log(`ten times the rows: ${(many.peakMiB / few.peakMiB).toFixed(2)} times the memory`);
}

async function run(rows: number): Promise<Measured> {
  const home = await mkdtemp(join(tmpdir(), 'tempered-bench-'));
  try {
    const child = fork(program, [await makeSnapshot(home, rows), home]);
    const message: unknown = await once(child, 'message');
    await once(child, 'exit');
    const [measured] = messageSchema.parse(message);
    const { seconds, peakMiB, backend } = measured;
    console.log(`${rows} rows on ${backend}: ${seconds.toFixed(0)} s, peak memory ${peakMiB.toFixed(0)} MiB`);
    return measured;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function makeSnapshot(home: string, rows: number): Promise<string> {
  const store = openFileSystemArtifactStore(join(home, 'artifacts'));
  const source = { name: 'flights', configuration: { kind: 'parquet' as const, path: flightsPath } };
  const window = { from: '2001-01-01T00:00:00.000Z', to: '2001-07-01T00:01:00.000Z' };
  const { rowCount, parquetSha256 } = await snapshotDataset(
    { source, dataset, window, maxRows: rows },
    store,
  );
  if (rowCount !== rows) throw new Error(`${rowCount} rows`);
  return store.fetch(parquetSha256);
}

async function trainOnce(datasetPath: string, directory: string): Promise<Measured> {
  const job = {
    runId: 'memory',
    trainer: { ...trainer, epochs: 1, batchSize: 4096 },
    seed: 17,
    features: featuresFor(['ATL', 'DFW', 'LAX', 'ORD']),
    target: dataset.target,
    permuteLabels: false,
  };
  const startedAt = performance.now();
  const { outcome } = await train(
    { job, datasetPath, checkpointPath: null, trainerFile: null, directory },
    () => undefined,
    new AbortController().signal,
  );
  return {
    seconds: (performance.now() - startedAt) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    backend: outcome.environment.backend,
  };
}
