import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { RowChunks } from '../../../src/training/network/rowChunks.js';
import { temporaryDirectory } from '../../artifacts/temporaryDirectory.js';

const stride = 64;

/** Rows whose every word is their number; so many that they fill several chunks. */
async function chunksOf(test: TestContext, rows: number, seed = 1): Promise<RowChunks> {
  const chunks = new RowChunks({ directory: await temporaryDirectory(test), rows, stride, seed });
  const batchRows = 10_000;
  for (let start = 0; start < rows; start += batchRows) {
    const count = Math.min(batchRows, rows - start);
    const words = Float32Array.from({ length: count * stride }, (_, i) => start + Math.floor(i / stride));
    chunks.add({ rows: count, stride, words });
  }
  chunks.finish();
  return chunks;
}

async function orderOf(chunks: RowChunks, epoch: number, batchRows: number): Promise<number[]> {
  const seen: number[] = [];
  for await (const { rows, words } of chunks.shuffled(epoch, batchRows)) {
    assert.ok(rows > 0 && words.length >= rows * stride);
    for (let row = 0; row < rows; row++) seen.push(words[row * stride + stride - 1] ?? -1);
  }
  return seen;
}

describe('rows in scratch files', () => {
  const rows = 150_001;

  it('come once per epoch, in an order that depends on seed and epoch alone', async (test) => {
    const chunks = await chunksOf(test, rows);
    const first = await orderOf(chunks, 1, 512);
    assert.deepEqual(
      Float64Array.from(first).sort(),
      Float64Array.from({ length: rows }, (_, row) => row),
    );
    assert.deepEqual(await orderOf(await chunksOf(test, rows), 1, 4096), first);
    assert.notDeepEqual(await orderOf(chunks, 2, 512), first);
    assert.notDeepEqual(await orderOf(await chunksOf(test, rows, 2), 1, 512), first);
  });

  it('are mixed over the whole, not only with their neighbours', async (test) => {
    const order = await orderOf(await chunksOf(test, rows), 1, 512);
    // The mean of 5,000 rows drawn evenly lies within 4 standard errors of the middle.
    const tolerance = (4 * rows) / Math.sqrt(12 * 5000);
    for (let start = 0; start + 5000 <= rows; start += 5000) {
      const mean = order.slice(start, start + 5000).reduce((sum, row) => sum + row, 0) / 5000;
      assert.ok(Math.abs(mean - rows / 2) < tolerance, `rows from ${start} on have the mean ${mean}`);
    }
  });
});
