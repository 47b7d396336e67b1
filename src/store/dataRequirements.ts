import { TemperedError } from '../domain/errors.js';
import type { Database } from './database.js';

/** A report for the people who deliver data. `id` is the SHA-256 of its JSON. */
export interface RecordedRequirements {
  id: string;
  markdownSha256: string;
  model: string;
  source: string;
  window: { from: string; to: string };
  checks: number;
  unmet: number;
}

interface RequirementsRow {
  id: string;
  markdown_sha256: string;
  model: string;
  source: string;
  window_from: Date;
  window_to: Date;
  checks: number;
  unmet: number;
  created_at: Date;
}

/** Records a report whose artifacts are recorded already. Recording it again changes nothing. */
export async function recordDataRequirements(db: Database, report: RecordedRequirements): Promise<void> {
  await db('data_requirements')
    .insert({
      id: report.id,
      markdown_sha256: report.markdownSha256,
      model: report.model,
      source: report.source,
      window_from: report.window.from,
      window_to: report.window.to,
      checks: report.checks,
      unmet: report.unmet,
    })
    .onConflict('id')
    .ignore();
}

/** The reports on a model's data, the newest first. */
export async function listDataRequirements(
  db: Database,
  model: string,
  { limit }: { limit: number },
): Promise<(RecordedRequirements & { createdAt: Date })[]> {
  const rows = await db<RequirementsRow>('data_requirements')
    .where({ model })
    .orderBy([{ column: 'created_at', order: 'desc' }, 'id'])
    .limit(limit);
  return rows.map(toReport);
}

/** @throws TemperedError `NotFound` */
export async function readDataRequirements(
  db: Database,
  id: string,
): Promise<RecordedRequirements & { createdAt: Date }> {
  const row = await db<RequirementsRow>('data_requirements').where({ id }).first();
  if (row === undefined) throw new TemperedError('NotFound', `There is no data requirements report ${id}.`);
  return toReport(row);
}

function toReport(row: RequirementsRow): RecordedRequirements & { createdAt: Date } {
  return {
    id: row.id,
    markdownSha256: row.markdown_sha256,
    model: row.model,
    source: row.source,
    window: { from: row.window_from.toISOString(), to: row.window_to.toISOString() },
    checks: row.checks,
    unmet: row.unmet,
    createdAt: row.created_at,
  };
}
