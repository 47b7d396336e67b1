import { TemperedError } from '../domain/errors.js';
import type { Database } from '../store/database.js';
import { readLatestValidation } from '../store/validations.js';

/**
 * The validation that entitles a version to a rollout against a champion (invariant 2).
 *
 * @returns its id
 * @throws TemperedError `Forbidden` where the newest one does not entitle it, saying why and what to do
 */
export async function passedValidation(
  db: Database,
  { model, version, championVersion }: { model: string; version: number; championVersion: number },
): Promise<string> {
  const forbidden = (why: string) =>
    new TemperedError('Forbidden', `Version ${String(version)} of "${model}" ${why}`);
  const remedy = `Start validateModel with {"model": "${model}", "version": ${String(version)}} first.`;
  if (version === championVersion) throw forbidden('is the champion already.');
  const validation = await readLatestValidation(db, model, version);
  if (validation === null) throw forbidden(`was never validated. ${remedy}`);
  if (validation.verdict !== 'passed') {
    throw forbidden(
      `may not be rolled out: its newest validation is "${validation.verdict}". Train a better one, or mend the definition.`,
    );
  }
  if (validation.championVersion !== championVersion) {
    throw forbidden(
      `was validated against version ${String(validation.championVersion)}, ` +
        `but version ${String(championVersion)} is the champion now. ${remedy}`,
    );
  }
  return validation.id;
}
