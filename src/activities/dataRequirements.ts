import type { CheckedWindow } from '../artifacts/checks/unmetChecks.js';
import { canonicalJson } from '../domain/canonicalJson.js';
import { toMarkdown, type DataRequirements } from '../domain/dataRequirements.js';
import { recordDataRequirements } from '../store/dataRequirements.js';
import type { ControlDependencies } from './dependencies.js';
import { keepArtifact } from './keepArtifact.js';

/**
 * Stores what a snapshot's rows were held against and what was found, as JSON and as Markdown.
 *
 * @returns the report's id
 */
export async function reportRequirements(
  dependencies: Pick<ControlDependencies, 'db' | 'artifacts'>,
  model: string,
  { source, sourceSha256, window, checks }: CheckedWindow,
): Promise<string> {
  const unmet = checks.filter(({ met }) => !met).length;
  const report: DataRequirements = { model, source, sourceSha256, window, met: unmet === 0, checks };
  const keep = async (text: string): Promise<string> => {
    const reference = await dependencies.artifacts.putBytes(new TextEncoder().encode(text));
    await keepArtifact(dependencies, { ...reference, kind: 'data-requirements' });
    return reference.sha256;
  };
  const id = await keep(canonicalJson(report));
  await recordDataRequirements(dependencies.db, {
    id,
    markdownSha256: await keep(toMarkdown(report)),
    ...{ model, source, window, checks: checks.length, unmet },
  });
  return id;
}
