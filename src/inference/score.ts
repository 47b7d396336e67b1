import type { ColumnBatch } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import { type ModelSignature, type Tensor, scoreOutput } from '../domain/tensor.js';
import { columnTensors, rowCount } from './columns.js';
import type { InferencePool } from './pool.js';

/** Runs before the measured ones: the first runs on new shapes allocate. */
const unmeasuredRuns = 20;

/** Rows per run: large enough that the call costs nothing, small enough that threads share the work. */
const rowsPerRun = 4096;

/**
 * Scores a batch of rows with a loaded model, on all threads of the pool.
 *
 * @returns the model's probability of the positive class, row by row
 * @throws TemperedError `InvalidInput` for a missing column, `UnusableModel` where the model answers without a score
 */
export async function scoreColumns(
  pool: InferencePool,
  key: string,
  signature: ModelSignature,
  batch: ColumnBatch,
): Promise<Float32Array> {
  const rows = rowCount(batch);
  const scores = new Float32Array(rows);
  const starts = Array.from({ length: Math.ceil(rows / rowsPerRun) }, (_, i) => i * rowsPerRun);
  await Promise.all(
    starts.map(async (from) => {
      const to = Math.min(from + rowsPerRun, rows);
      const outputs = await pool.run(key, columnTensors(signature, batch, from, to));
      scores.set(scoreOf(outputs, to - from, key), from);
    }),
  );
  return scores;
}

/**
 * The score output of one run.
 *
 * @throws TemperedError `UnusableModel` where there is none, or it does not have one finite number per row
 */
export function scoreOf(outputs: readonly Tensor[], rows: number, key: string): Float32Array {
  const data = outputs.find((output) => output.name === scoreOutput)?.data;
  if (!(data instanceof Float32Array) || data.length !== rows) {
    throw new TemperedError(
      'UnusableModel',
      `The model "${key}" does not answer one FP32 "${scoreOutput}" per row.`,
    );
  }
  if (!data.every(Number.isFinite)) {
    throw new TemperedError(
      'UnusableModel',
      `The model "${key}" answered a "${scoreOutput}" that is not a number.`,
    );
  }
  return data;
}

/**
 * Latency of one-row inference through the pool, one request after the other: `n` runs over the rows of the batch
 * in turn. Percentiles are nearest-rank.
 *
 * @throws TemperedError `InvalidInput` where the batch has no rows or lacks a column
 */
export async function measureLatency(
  pool: InferencePool,
  key: string,
  signature: ModelSignature,
  batch: ColumnBatch,
  n: number,
): Promise<{ p50Ms: number; p99Ms: number }> {
  const rows = rowCount(batch);
  if (rows === 0)
    throw new TemperedError('InvalidInput', 'Latency needs at least one row to be measured on.');
  const timesMs = new Float64Array(n);
  for (let i = -unmeasuredRuns; i < n; i++) {
    const row = (i + unmeasuredRuns) % rows;
    const inputs = columnTensors(signature, batch, row, row + 1);
    const start = performance.now();
    await pool.run(key, inputs);
    if (i >= 0) timesMs[i] = performance.now() - start;
  }
  timesMs.sort();
  return { p50Ms: nearestRank(timesMs, 0.5), p99Ms: nearestRank(timesMs, 0.99) };
}

function nearestRank(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
