import type { TimeWindow } from '../domain/dataset.js';
import type { MaterializationKind } from '../domain/materialization.js';
import { materializeFeaturesInputSchema, type MaterializeFeaturesInput } from '../domain/workflowInput.js';
import { materializing } from './activities.js';
import { runWorkflow } from './entry.js';

export interface MaterializeFeaturesResult {
  view: string;
  version: number;
  kind: MaterializationKind;
  /** The span of known time that is now in the online store; null where nothing was known in it. */
  known: TimeWindow | null;
  /** Feature rows that the online store was given: of each chunk, the latest per entity where it keeps no history. */
  rows: number;
  watermark: string | null;
}

/**
 * Brings a feature view's rows into the online store: those since its watermark or, with `from`, of a range. Chunk by
 * chunk, each of which may run twice; the watermark moves when all are there. The schedule starts this.
 */
export async function materializeFeatures(
  input: MaterializeFeaturesInput,
): Promise<MaterializeFeaturesResult> {
  return runWorkflow(
    'materializeFeatures',
    materializeFeaturesInputSchema,
    input,
    async (request, status) => {
      const { view } = request;
      status.enter('planning', 'what became known since the last time');
      const { version, kind, known, chunks } = await materializing.planMaterialization({
        view,
        version: request.version ?? null,
        from: request.from ?? null,
        to: request.to ?? null,
      });
      status.setVersion(version);
      if (known === null) {
        status.enter('done', 'nothing new is known');
        return { view, version, kind, known, rows: 0, watermark: null };
      }
      status.enter('materializing', `${known.from} to ${known.to}`);
      let rows = 0;
      for (const [i, chunk] of chunks.entries()) {
        status.describe(`chunk ${String(i + 1)} of ${String(chunks.length)}: ${chunk.from} to ${chunk.to}`);
        rows += (await materializing.materializeChunk({ view, version, known: chunk })).rows;
      }
      status.describe('recording what is there');
      const { watermark } = await materializing.completeMaterialization({ view, version, kind, known });
      status.enter('done', `${String(rows)} rows, known from ${known.from} to ${known.to}`);
      return { view, version, kind, known, rows, watermark };
    },
  );
}
