import type { ColumnBatch } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import type { ModelSignature, Tensor } from '../domain/tensor.js';

/** Number of rows in a batch of columns. */
export function rowCount(batch: ColumnBatch): number {
  return Object.values(batch)[0]?.length ?? 0;
}

/**
 * Rows `from` (inclusive) to `to` (exclusive) of a batch, as the [rows, 1] tensors a graph takes.
 *
 * @throws TemperedError `InvalidInput` where the batch lacks an input of the signature
 */
export function columnTensors(
  signature: ModelSignature,
  batch: ColumnBatch,
  from: number,
  to: number,
): Tensor[] {
  return signature.inputs.map(({ name, datatype }) => {
    const column = batch[name];
    if (column === undefined) {
      throw new TemperedError(
        'InvalidInput',
        `The rows have no column "${name}", which the model takes as an input.`,
      );
    }
    return { name, datatype, shape: [to - from, 1], data: column.slice(from, to) };
  });
}
