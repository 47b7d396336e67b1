/** The imported graph as it came, without ours around it: what ours must answer like. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ColumnBatch } from '../../domain/dataset.js';
import { messageOf, TemperedError } from '../../domain/errors.js';
import type { Feature } from '../../domain/feature.js';
import type { ImportedModel } from '../../domain/importedModel.js';
import { elementType } from '../onnx/schema.js';
import type { GraphValue, OriginalModel } from './originalModel.js';

export interface OriginalScorer {
  score(batch: ColumnBatch): Promise<Float32Array>;
  close(): Promise<void>;
}

/** @throws TemperedError `UnusableModel` where ONNX Runtime cannot load the file */
export async function openOriginal(
  path: string,
  original: OriginalModel,
  { inputs, output }: Pick<ImportedModel, 'inputs' | 'output'>,
  features: readonly Feature[],
): Promise<OriginalScorer> {
  const session = await InferenceSession.create(path).catch((cause: unknown) => {
    throw new TemperedError('UnusableModel', `The imported model cannot be loaded: ${messageOf(cause)}`, {
      cause,
    });
  });
  return {
    async score(batch) {
      const feeds = original.inputs.map((input) => {
        const columns = [inputs[input.name] ?? []].flat().map((name) => columnOf(name, batch, features));
        return [input.name, toTensor(input, columns)] as const;
      });
      const answer = (await session.run(Object.fromEntries(feeds), [output.name]))[output.name];
      return answer === undefined ? new Float32Array() : chosenColumn(answer, output.column);
    },
    close: () => session.release(),
  };
}

type Column = Float32Array | BigInt64Array | readonly string[];

function columnOf(name: string, batch: ColumnBatch, features: readonly Feature[]): Column {
  const column = batch[name] ?? [];
  const feature = features.find((found) => found.name === name);
  if (!(column instanceof Float32Array) || feature?.kind !== 'numeric') return column;
  const fill = feature.missing?.fill;
  return fill === undefined ? column : column.map((value) => (Number.isNaN(value) ? fill : value));
}

/** The columns side by side, row after row, in the type that the input has. */
function toTensor({ elementType: type, shape }: GraphValue, columns: readonly Column[]): Tensor {
  const rows = columns[0]?.length ?? 0;
  const dims = shape?.length === 1 ? [rows] : [rows, columns.length];
  const cells = Array.from({ length: rows * columns.length }, (_, i) => {
    return columns[i % columns.length]?.[Math.floor(i / columns.length)] ?? '';
  });
  if (type === elementType.string) return new Tensor('string', cells.map(String), dims);
  if (type === elementType.int64) {
    return new Tensor(
      'int64',
      BigInt64Array.from(cells, (cell) => BigInt(cell)),
      dims,
    );
  }
  if (type === elementType.int32) return new Tensor('int32', Int32Array.from(cells, Number), dims);
  if (type === elementType.double) return new Tensor('float64', Float64Array.from(cells, Number), dims);
  return new Tensor('float32', Float32Array.from(cells, Number), dims);
}

function chosenColumn(
  { data, dims }: InferenceSession.OnnxValueMapType[string],
  column: number | null,
): Float32Array {
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) return new Float32Array();
  const width = dims.length === 2 ? (dims[1] ?? 1) : 1;
  return Float32Array.from(
    { length: data.length / width },
    (_, row) => data[row * width + (column ?? 0)] ?? 0,
  );
}
