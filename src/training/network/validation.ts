import { ScoreHistogram } from '../../statistics/scoreHistogram.js';
import { logLossOf } from '../../statistics/classification.js';
import type { EncodedRows } from './encoding.js';
import type { Network } from './network.js';
import type { PackedRows } from './packedRows.js';
import type { RowFile } from './rowChunks.js';

const batchRows = 8192;

/** How a network does on the rows held out: the mean loss, every row counting the same, and the area under the ROC curve. */
export async function validate(
  network: Network,
  encode: (rows: PackedRows) => EncodedRows,
  file: RowFile,
): Promise<{ validationLoss: number; validationAuc: number }> {
  const histogram = new ScoreHistogram();
  let [rows, lossSum] = [0, 0];
  for await (const packed of file.batches(batchRows)) {
    const encoded = encode(packed);
    const scores = await network.scores(encoded);
    encoded.labels.forEach((label, row) => {
      const score = scores[row] ?? Number.NaN;
      lossSum += logLossOf(label, score);
      histogram.add(score, label);
    });
    rows += encoded.rows;
  }
  return { validationLoss: lossSum / rows, validationAuc: histogram.auc() };
}
