import { entityKeyText, type EntityKey } from '../../domain/entityKey.js';
import { TemperedError } from '../../domain/errors.js';
import type { Entity } from '../../domain/featureView.js';
import type { FeatureState, OnlineFeature } from '../../domain/onlineFeatures.js';
import type { ModelDefinition } from '../../domain/modelDefinition.js';
import type { ModelSignature, Tensor, TensorData, TensorSpec } from '../../domain/tensor.js';
import { decodeInputs } from '../../inference/tensorCodec.js';
import type { Database } from '../../store/database.js';
import { requireOnlineView, type OnlineFeatureReader, type OnlineView } from '../../store/onlineFeatures.js';
import type { LookedUp } from '../../store/predictions.js';

/** One feature view of a version: which inputs it can fill, and which columns name its entity. */
interface Lookup {
  view: OnlineView;
  /** The entity's key → the input that holds it. */
  keys: Record<string, string>;
  /** Input → the view's feature. */
  features: Record<string, string>;
}

/** Inputs of a version that may be left out where the keys of their entities are sent. */
export interface FeatureCompletion {
  lookups: Lookup[];
  /** Inputs by which entities are named. */
  keys: TensorSpec[];
}

export interface CompletedInputs {
  /** Every input of the signature, in its order. */
  inputs: Tensor[];
  /** Row by row; null where nothing was looked up. */
  lookedUp: LookedUp[] | null;
}

/** What can be looked up for a version made by this definition; null where it uses no feature views. */
export async function readFeatureCompletion(
  db: Database,
  { featureViews, features }: ModelDefinition,
): Promise<FeatureCompletion | null> {
  if (featureViews.length === 0) return null;
  const inputs = new Set(features.map(({ name }) => name));
  const lookups = await Promise.all(
    featureViews.map(async (reference): Promise<Lookup> => {
      const used = Object.entries(reference.features).filter(([name]) => inputs.has(name));
      const view = await requireOnlineView(db, reference.view, reference.version);
      return { view, keys: reference.keys, features: Object.fromEntries(used) };
    }),
  );
  const keys = new Map(
    lookups.flatMap(({ view: { entity }, keys }) =>
      Object.entries(keys).map(([key, name]) => [name, keySpec(entity, key, name)] as const),
    ),
  );
  return { lookups, keys: [...keys.values()] };
}

/**
 * The inputs of a request, those that it leaves out looked up by its entity keys, in one round trip. What is sent
 * counts before what could be looked up.
 *
 * @param moment - no value counts that was not known before it
 * @throws TemperedError `InvalidInput` for a wrong or missing input or key, `UnusableData` for a feature without a value,
 *   `Unavailable` where the online store does not answer
 */
export async function completeInputs(
  { signature, completion }: { signature: ModelSignature; completion: FeatureCompletion },
  reader: OnlineFeatureReader,
  given: unknown,
  moment: Date,
): Promise<CompletedInputs> {
  const sent = sentNames(given);
  const lookups = completion.lookups.flatMap((lookup) => {
    const missing = Object.entries(lookup.features).filter(([name]) => !sent.has(name));
    return missing.length === 0 ? [] : [{ ...lookup, features: Object.fromEntries(missing) }];
  });
  const wanted = new Set(lookups.flatMap(({ features }) => Object.keys(features)));
  const keyNames = new Set(lookups.flatMap(({ keys }) => Object.values(keys)));
  assertKeysSent(lookups, sent);

  const own = signature.inputs.filter(({ name }) => !wanted.has(name));
  const ownNames = new Set(own.map(({ name }) => name));
  const keys = completion.keys.filter(({ name }) => keyNames.has(name) && !ownNames.has(name));
  const unneeded = new Set(
    completion.keys.map(({ name }) => name).filter((name) => !keyNames.has(name) && !ownNames.has(name)),
  );
  const tensors = new Map(
    decodeInputs({ inputs: [...own, ...keys], outputs: [] }, without(given, unneeded)).map((tensor) => [
      tensor.name,
      tensor,
    ]),
  );
  if (lookups.length === 0) return { inputs: [...tensors.values()], lookedUp: null };

  const rows = [...tensors.values()][0]?.shape[0] ?? 0;
  const found = await lookUp(lookups, tensors, rows, reader, moment);
  const inputs = signature.inputs.map(
    (spec) =>
      tensors.get(spec.name) ??
      toTensor(
        spec,
        found.map(({ features }) => features[spec.name]),
      ),
  );
  return { inputs, lookedUp: found.map(toLookedUp) };
}

interface FoundRow {
  keys: Record<string, string | number>;
  features: Record<string, OnlineFeature>;
}

/** What the online store knows for each row, by the model's own names. */
async function lookUp(
  lookups: readonly Lookup[],
  tensors: ReadonlyMap<string, Tensor>,
  rows: number,
  reader: OnlineFeatureReader,
  moment: Date,
): Promise<FoundRow[]> {
  const found: FoundRow[] = Array.from({ length: rows }, () => ({ keys: {}, features: {} }));
  const asked = found.flatMap((row, i) =>
    lookups.map((lookup) => {
      const key = Object.fromEntries(
        Object.entries(lookup.keys).map(([name, input]) => [name, keyValue(tensors.get(input)?.data[i])]),
      );
      for (const [name, input] of Object.entries(lookup.keys)) row.keys[input] = key[name] ?? '';
      return { row, lookup, entityKey: entityKeyText(lookup.view.entity, key) };
    }),
  );
  const answers = await reader.read(
    asked.map(({ lookup: { view }, entityKey }) => ({ view, entityKey, moment })),
  );
  asked.forEach(({ row, lookup }, i) => {
    for (const [name, feature] of Object.entries(lookup.features)) {
      row.features[name] = answers[i]?.features[feature] ?? { value: null, state: 'missing' };
    }
  });
  return found;
}

function keySpec(entity: Entity, key: string, name: string): TensorSpec {
  return { name, datatype: entity.keys[key] === 'integer' ? 'INT64' : 'BYTES', shape: [-1, 1] };
}

function keyValue(value: TensorData[number] | undefined): EntityKey[string] {
  return typeof value === 'string' ? value : Number(value);
}

/** A looked-up feature as the graph takes it. */
function toTensor(spec: TensorSpec, features: readonly (OnlineFeature | undefined)[]): Tensor {
  const shape = [features.length, 1];
  const values = features.map((feature, row) => {
    const value = feature?.value ?? null;
    if (value !== null) return value;
    if (spec.acceptsMissing === true) return Number.NaN;
    throw new TemperedError(
      'UnusableData',
      `The feature "${spec.name}" of row ${String(row)} is ${feature?.state ?? 'missing'} in the online store, and neither ` +
        'its view declares a default nor the model a fill. Send its value, or materialize the view.',
    );
  });
  return { name: spec.name, datatype: spec.datatype, shape, data: tensorData(spec, values) };
}

function tensorData({ datatype }: TensorSpec, values: readonly (number | string)[]): TensorData {
  if (datatype === 'BYTES') return values.map(String);
  if (datatype === 'INT64') return BigInt64Array.from(values, (value) => BigInt(value));
  return Float32Array.from(values, Number);
}

function toLookedUp({ keys, features }: FoundRow): LookedUp {
  const states = Object.entries(features).map(([name, { state }]): [string, FeatureState] => [name, state]);
  return { keys, features: Object.fromEntries(states) };
}

function assertKeysSent(lookups: readonly Lookup[], sent: ReadonlySet<string>): void {
  for (const { view, keys, features } of lookups) {
    const missing = Object.values(keys).filter((name) => !sent.has(name));
    if (missing.length === 0) continue;
    throw new TemperedError(
      'InvalidInput',
      `missing input "${Object.keys(features)[0] ?? ''}"; send it, or send ${missing.map((name) => `"${name}"`).join(', ')} ` +
        `for it to be looked up in the feature view ${view.definition.name}@${String(view.version)}`,
    );
  }
}

/** Names of what is sent, as far as it is a list of tensors; the codec says what is wrong with the rest. */
function sentNames(given: unknown): Set<string> {
  const tensors: unknown[] = Array.isArray(given) ? given : [];
  return new Set(tensors.flatMap((tensor) => nameOf(tensor) ?? []));
}

function without(given: unknown, names: ReadonlySet<string>): unknown {
  if (!Array.isArray(given) || names.size === 0) return given;
  return given.filter((tensor: unknown) => !names.has(nameOf(tensor) ?? ''));
}

function nameOf(tensor: unknown): string | null {
  if (typeof tensor !== 'object' || tensor === null || !('name' in tensor)) return null;
  return typeof tensor.name === 'string' ? tensor.name : null;
}
