import type { ValidationReport, Verdict } from '../domain/validation.js';
import type { Database } from './database.js';

export interface Validation {
  id: string;
  model: string;
  version: number;
  championVersion: number;
  verdict: Verdict;
  report: ValidationReport;
  referenceProfileSha256: string;
  createdAt: Date;
}

interface ValidationRow {
  id: string;
  model: string;
  version: number;
  champion_version: number;
  verdict: Verdict;
  report: ValidationReport;
  reference_profile_sha256: string;
  created_at: Date;
}

/** Records a verdict with every number it rests on. Its id is the caller's key: recording it again changes nothing. */
export async function recordValidation(
  db: Database,
  validation: { id: string; model: string; report: ValidationReport },
): Promise<void> {
  const { candidate, champion, referenceProfileSha256 } = validation.report.evaluation;
  await db('validations')
    .insert({
      id: validation.id,
      model: validation.model,
      version: candidate.version,
      champion_version: champion.version,
      verdict: validation.report.verdict,
      report: JSON.stringify(validation.report),
      dataset_id: candidate.datasetVersionId,
      champion_dataset_id: champion.datasetVersionId,
      reference_profile_sha256: referenceProfileSha256,
    })
    .onConflict('id')
    .ignore();
}

/** The newest validation of a version, or null. */
export async function readLatestValidation(
  db: Database,
  model: string,
  version: number,
): Promise<Validation | null> {
  const row = await db<ValidationRow>('validations')
    .where({ model, version })
    .orderBy('created_at', 'desc')
    .first();
  return row === undefined ? null : toValidation(row);
}

/** The newest validations of a model first. */
export async function listValidations(
  db: Database,
  model: string,
  { limit = 20 }: { limit?: number } = {},
): Promise<Validation[]> {
  const rows = await db<ValidationRow>('validations')
    .where({ model })
    .orderBy('created_at', 'desc')
    .limit(limit);
  return rows.map(toValidation);
}

function toValidation(row: ValidationRow): Validation {
  return {
    id: row.id,
    model: row.model,
    version: row.version,
    championVersion: row.champion_version,
    verdict: row.verdict,
    report: row.report,
    referenceProfileSha256: row.reference_profile_sha256,
    createdAt: row.created_at,
  };
}
