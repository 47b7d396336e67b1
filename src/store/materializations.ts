import type { TimeWindow } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import type { FeatureRowStatistics, MaterializationKind } from '../domain/materialization.js';
import type { Database } from './database.js';
import type { OnlineView } from './onlineFeatures.js';

/** One materialization that was completed. */
export interface Materialization {
  id: string;
  view: string;
  version: number;
  kind: MaterializationKind;
  known: TimeWindow;
  rowCount: number;
  statistics: FeatureRowStatistics;
  workflowId: string;
  completedAt: Date;
}

interface MaterializationRow {
  id: string;
  view: string;
  version: number;
  kind: MaterializationKind;
  known_from: Date;
  known_to: Date;
  row_count: number;
  statistics: FeatureRowStatistics;
  workflow_id: string;
  completed_at: Date;
}

/** Everything known before it is in the online store; null before a view's first materialization. */
export async function readWatermark(db: Database, { id }: Pick<OnlineView, 'id'>): Promise<Date | null> {
  const row = await db<{ id: number; watermark: Date | null }>('online_feature_views').where({ id }).first();
  return row?.watermark ?? null;
}

/**
 * Records a materialization whose rows are all written and, of an incremental one, moves the watermark: only forward, and
 * never over a gap. Recording it again changes nothing.
 *
 * @throws TemperedError `Forbidden` where rows between the watermark and this one's start were never materialized
 */
export async function completeMaterialization(
  db: Database,
  { id: viewId }: Pick<OnlineView, 'id'>,
  done: Omit<Materialization, 'completedAt'>,
): Promise<void> {
  await db.transaction(async (transaction) => {
    const inserted = await transaction('feature_materializations')
      .insert({
        id: done.id,
        view: done.view,
        version: done.version,
        kind: done.kind,
        known_from: done.known.from,
        known_to: done.known.to,
        row_count: done.rowCount,
        statistics: JSON.stringify(done.statistics),
        workflow_id: done.workflowId,
      })
      .onConflict('id')
      .ignore()
      .returning<{ id: string }[]>('id');
    if (inserted.length === 0 || done.kind === 'backfill') return;
    await moveWatermark(transaction, viewId, done.known);
  });
}

/** The newest materializations of a view version first. */
export async function listMaterializations(
  db: Database,
  { view, version }: { view: string; version: number },
  { limit = 20 }: { limit?: number } = {},
): Promise<Materialization[]> {
  const rows = await db<MaterializationRow>('feature_materializations')
    .where({ view, version })
    .orderBy('completed_at', 'desc')
    .limit(limit);
  return rows.map((row) => ({
    id: row.id,
    view: row.view,
    version: row.version,
    kind: row.kind,
    known: { from: row.known_from.toISOString(), to: row.known_to.toISOString() },
    rowCount: row.row_count,
    statistics: row.statistics,
    workflowId: row.workflow_id,
    completedAt: row.completed_at,
  }));
}

/** A view without a watermark is taken to begin with its first materialization, which begins with the source. */
async function moveWatermark(db: Database, id: number, { from, to }: TimeWindow): Promise<void> {
  const moved = await db('online_feature_views')
    .where({ id })
    .andWhere((gapless) => void gapless.whereNull('watermark').orWhere('watermark', '>=', from))
    .update({ watermark: db.raw('greatest(watermark, ?::timestamptz)', [to]) });
  if (moved === 1) return;
  throw new TemperedError(
    'Forbidden',
    `The watermark stays where it is: what became known between it and ${from} was not materialized. Start the ` +
      'materialization again without "from".',
  );
}
