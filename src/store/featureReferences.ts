/** Which exact versions of feature views a model definition uses. */
import { TemperedError } from '../domain/errors.js';
import type { Feature } from '../domain/feature.js';
import type { FeatureReference } from '../domain/featureReference.js';
import type { ViewFeature } from '../domain/featureView.js';
import type { ModelDefinition } from '../domain/modelDefinition.js';
import { featureDatatype } from '../domain/signature.js';
import type { Database } from './database.js';
import { readFeatureView, type FeatureViewVersion } from './featureViews.js';

/** A reference, with the version of the view that it means. */
export interface ResolvedFeatureReference {
  reference: FeatureReference;
  view: FeatureViewVersion;
}

/**
 * Looks up the views that a definition uses, in its order.
 *
 * @throws TemperedError `InvalidInput`, naming the view version, key or feature that does not exist or does not fit
 */
export async function resolveFeatureReferences(
  db: Database,
  { featureViews, features }: Pick<ModelDefinition, 'featureViews' | 'features'>,
): Promise<ResolvedFeatureReference[]> {
  const resolved: ResolvedFeatureReference[] = [];
  for (const reference of featureViews) {
    const view = await readFeatureView(db, reference.view, reference.version);
    if (view === null) throw unknownView(reference, await readFeatureView(db, reference.view));
    assertKeysFit(reference, view);
    assertFeaturesFit(reference, view, features);
    resolved.push({ reference, view });
  }
  return resolved;
}

/** Records which views a definition uses. Recording it again changes nothing. */
export async function recordFeatureReferences(
  db: Database,
  definitionDigest: string,
  references: readonly FeatureReference[],
): Promise<void> {
  if (references.length === 0) return;
  const used = new Map(
    references.map(({ view, version }) => [`${view}@${String(version)}`, { view, version }]),
  );
  await db('model_feature_views')
    .insert([...used.values()].map((reference) => ({ definition_digest: definitionDigest, ...reference })))
    .onConflict()
    .ignore();
}

function unknownView({ view, version }: FeatureReference, newest: FeatureViewVersion | null): TemperedError {
  return wrong(
    newest === null
      ? `uses the feature view "${view}", which is not registered. Register it first: tempered features apply <file>`
      : `uses version ${String(version)} of the feature view "${view}", whose newest version is ${String(newest.version)}.`,
  );
}

function assertKeysFit({ view, keys }: FeatureReference, { entity }: FeatureViewVersion): void {
  const wanted = Object.keys(entity.keys);
  const missing = wanted.find((key) => !Object.hasOwn(keys, key));
  if (missing !== undefined) {
    throw wrong(`does not say which column holds the key "${missing}" of the feature view "${view}".`);
  }
  const unknown = Object.keys(keys).find((key) => !wanted.includes(key));
  if (unknown !== undefined) {
    throw wrong(
      `names the key "${unknown}" of the feature view "${view}", whose keys are: ${wanted.join(', ')}.`,
    );
  }
}

function assertFeaturesFit(
  { view, features }: FeatureReference,
  { definition }: FeatureViewVersion,
  inputs: readonly Feature[],
): void {
  for (const [name, feature] of Object.entries(features)) {
    const found = Object.hasOwn(definition.features, feature) ? definition.features[feature] : undefined;
    if (found === undefined) {
      throw wrong(
        `uses the feature "${feature}" of the feature view "${view}", which has: ${Object.keys(definition.features).join(', ')}.`,
      );
    }
    const input = inputs.find((candidate) => candidate.name === name);
    if (input !== undefined && !accepts(input, found)) {
      throw wrong(
        `takes the feature "${name}" as ${input.kind} (${featureDatatype(input)}), but "${feature}" of the feature view ` +
          `"${view}" is of the type ${found.type}.`,
      );
    }
  }
}

function accepts(input: Feature, { type }: ViewFeature): boolean {
  const datatype = featureDatatype(input);
  if (datatype === 'BYTES') return type === 'string';
  if (datatype === 'INT64') return type === 'integer';
  return type !== 'string';
}

function wrong(what: string): TemperedError {
  return new TemperedError('InvalidInput', `The model definition ${what}`);
}
