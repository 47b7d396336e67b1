/**
 * A trainer of one's own: how often the target was true for each value of one category, smoothed towards the overall
 * rate. A worker knows it by `TEMPERED_TRAINERS={"rate-table": "…/rateTable.js"}`; a definition names it with
 * `trainer: { name: 'module', module: 'rate-table', params: { feature: 'hour' } }`.
 */
import { attributeType, defineTrainer, GraphBuilder, TemperedError, type Feature } from 'tempered/training';
import { z } from 'zod';

type Category = Extract<Feature, { kind: 'categorical' }>;

export default defineTrainer({
  params: z.strictObject({
    feature: z.string(),
    /** As many rows of the overall rate are added to each value's own. */
    smoothing: z.number().min(0).default(100),
  }),
  async train({ feature, smoothing }, { data, features, report }) {
    const category = features.find((found): found is Category => found.name === feature && 'values' in found);
    if (category === undefined) {
      throw new TemperedError('InvalidInput', `"${feature}" is no categorical feature of this model.`);
    }
    const counts = new Map<string, { rows: number; positives: number }>();
    for await (const { columns, labels } of data.batches({ batchRows: 8192 })) {
      [...(columns[feature] ?? [])].map(String).forEach((value, row) => {
        const { rows, positives } = counts.get(value) ?? { rows: 0, positives: 0 };
        counts.set(value, { rows: rows + 1, positives: positives + (labels[row] ?? 0) });
      });
      report({ epoch: 1, epochs: 1, backend: 'rate-table', metrics: {} });
    }

    const overall = Math.fround(data.positives / data.rows);
    const rates = [...category.values].map((value) => {
      const { rows, positives } = counts.get(String(value)) ?? { rows: 0, positives: 0 };
      return Math.fround((positives + smoothing * overall) / Math.max(rows + smoothing, 1));
    });
    const rateOf = new Map([...category.values].map((value, i) => [String(value), rates[i] ?? overall]));
    return {
      model: exportTable(features, category, rates, overall),
      score: (batch) =>
        Float32Array.from([...(batch[feature] ?? [])].map(String), (value) => rateOf.get(value) ?? overall),
      backend: 'rate-table',
    };
  },
});

/** One operator does it all: each declared value has its rate, any other the overall one. */
function exportTable(
  features: readonly Feature[],
  { name, values }: Category,
  rates: number[],
  overall: number,
): Uint8Array {
  const strings = values.filter((value) => typeof value === 'string');
  const ints = values.filter((value) => typeof value === 'number');
  const graph = new GraphBuilder(features);
  const table = graph.add('LabelEncoder', [name], {
    domain: 'ai.onnx.ml',
    attribute: [
      strings.length > 0
        ? { name: 'keys_strings', type: attributeType.strings, strings: strings.map((s) => Buffer.from(s)) }
        : { name: 'keys_int64s', type: attributeType.ints, ints },
      { name: 'values_floats', type: attributeType.floats, floats: rates },
      { name: 'default_float', type: attributeType.float, f: overall },
    ],
  });
  graph.add('Identity', [table], { output: 'score' });
  return graph.finish();
}
