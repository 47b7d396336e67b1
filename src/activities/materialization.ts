import { Context } from '@temporalio/activity';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { writeFeatureFile } from '../artifacts/featureFile.js';
import { countKnownRows, readKnownSpan, summarizeFeatureRows } from '../artifacts/featureStatistics.js';
import { withFeatureView, type OpenFeatureView } from '../artifacts/openFeatureView.js';
import type { TimeWindow } from '../domain/dataset.js';
import { chunksOf, planMaterialization, type MaterializationKind } from '../domain/materialization.js';
import { completeMaterialization, readWatermark } from '../store/materializations.js';
import { pruneHistory, writeOnlineFeatures } from '../store/onlineFeatureRows.js';
import { keepsHistory, requireOnlineView, type OnlineView } from '../store/onlineFeatures.js';
import type { ControlDependencies } from './dependencies.js';
import { heartbeating } from './heartbeat.js';
import { namedSource } from './namedSource.js';

/** About so many feature rows go into one chunk, and so into one transaction. */
const maxRowsPerChunk = 500_000;
/** A materialization has so many chunks at most, however many rows it covers. */
const maxChunks = 1000;

/** What a materialization is to do; small, so that it may pass through a workflow. */
export interface MaterializationPlan {
  version: number;
  kind: MaterializationKind;
  known: TimeWindow | null;
  chunks: TimeWindow[];
  /** Feature rows there were when it was planned. */
  rows: number;
}

export function materializationActivities(dependencies: Pick<ControlDependencies, 'db' | 'sources'>) {
  const { db } = dependencies;
  return {
    /** Decides which span of known time to cover, and cuts it into chunks. */
    planMaterialization: (input: {
      view: string;
      version: number | null;
      from: string | null;
      to: string | null;
    }): Promise<MaterializationPlan> =>
      heartbeating(async () => {
        const view = await requireOnlineView(db, input.view, input.version ?? undefined);
        const watermark = (await readWatermark(db, view))?.toISOString() ?? null;
        return open(view, async (opened) => {
          const { kind, known } = planMaterialization(input, {
            source: await readKnownSpan(opened),
            watermark,
            latenessHours: view.definition.materialization.latenessHours,
            now: new Date().toISOString(),
          });
          const { version } = view;
          if (known === null) return { version, kind, known, chunks: [], rows: 0 };
          const parts = await countKnownRows(opened, known, maxChunks);
          const rows = parts.reduce((sum, part) => sum + part.rows, 0);
          return { version, kind, known, chunks: chunksOf(known, parts, maxRowsPerChunk), rows };
        });
      }),

    /** Takes the feature rows that became known in a span into the online store, all or none. */
    materializeChunk: (input: {
      view: string;
      version: number;
      known: TimeWindow;
    }): Promise<{ rows: number }> =>
      heartbeating(async () => {
        const view = await requireOnlineView(db, input.view, input.version);
        const rows = await open(view, async (opened) => {
          const file = join(opened.directory, 'chunk.csv');
          await writeFeatureFile(opened, input.known, file, { latestOnly: !keepsHistory(view.definition) });
          return writeOnlineFeatures(db, view, createReadStream(file));
        });
        return { rows };
      }),

    /** Records that every chunk is in the online store, and moves the watermark of an incremental materialization. */
    completeMaterialization: (input: {
      view: string;
      version: number;
      kind: MaterializationKind;
      known: TimeWindow;
    }): Promise<{ watermark: string | null }> =>
      heartbeating(async () => {
        const view = await requireOnlineView(db, input.view, input.version);
        const statistics = await open(view, (opened) => summarizeFeatureRows(opened, input.known));
        const { workflowId, runId } = workflowOf(Context.current());
        await completeMaterialization(db, view, {
          ...input,
          id: runId,
          rowCount: statistics.rows,
          statistics,
          workflowId,
        });
        const watermark = await readWatermark(db, view);
        if (watermark !== null) await pruneHistory(db, view, watermark);
        return { watermark: watermark?.toISOString() ?? null };
      }),
  };

  function open<Result>(
    view: OnlineView,
    use: (opened: OpenFeatureView) => Promise<Result>,
  ): Promise<Result> {
    const { definition, entity, version } = view;
    const by = `Feature view ${definition.name}@${String(version)}`;
    const source = namedSource(dependencies, definition.source, by);
    return withFeatureView(source, { view: definition, entity }, use);
  }
}

function workflowOf({ info }: Context): { workflowId: string; runId: string } {
  const { workflowExecution } = info;
  if (workflowExecution === undefined) throw new Error('a materialization is completed by its workflow only');
  return workflowExecution;
}
