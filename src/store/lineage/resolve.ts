import { TemperedError } from '../../domain/errors.js';
import type { LineageKey, LineageKind } from '../../domain/lineage.js';
import { parseLineageReference, type LineageReference } from '../../domain/lineageReference.js';
import { resolveAlias } from '../aliases.js';
import type { Database } from '../database.js';
import { findRunIds, looksLikeRunId } from '../runIds.js';
import { keyOf } from './keys.js';

const howTo =
  'Name a dataset version, run, prediction, validation, rollout or artifact by its id, a version as "model@3" or ' +
  '"model@champion", a deployment as "model#4", or a feature view as "view@2"; of ids the first eight characters will do.';

/**
 * The thing that a person's words stand for.
 *
 * @throws TemperedError `InvalidInput` for what no thing can be called, `NotFound` for none and for more than one
 */
export async function resolveLineageReference(db: Database, text: string): Promise<LineageKey> {
  const parsed = parseLineageReference(text);
  if (parsed === null)
    throw new TemperedError('InvalidInput', `"${text}" is not the name of a thing. ${howTo}`);
  const all = await findCandidates(db, parsed.reference, parsed.kind);
  const found = all.filter(({ kind }) => parsed.kind === null || kind === parsed.kind);
  const [key] = found;
  if (key === undefined) throw new TemperedError('NotFound', `There is nothing called "${text}". ${howTo}`);
  if (found.length > 1) {
    const candidates = found.map(({ kind, id }) => `${kind}/${id}`).join(', ');
    throw new TemperedError('NotFound', `"${text}" may be any of ${candidates}. Say which.`);
  }
  return key;
}

function findCandidates(
  db: Database,
  reference: LineageReference,
  kind: LineageKind | null,
): Promise<LineageKey[]> {
  switch (reference.form) {
    case 'epoch':
      return findEpoch(db, reference.model, reference.epoch, kind);
    case 'version':
      return findVersions(db, reference.name, reference.version);
    case 'name':
      return findVersions(db, reference.name, 'champion');
    case 'digest':
      return findDigest(db, reference.digest);
    case 'uuid':
      return findUuid(db, reference.uuid);
    case 'prefix':
      return findPrefix(db, reference.prefix);
  }
}

async function findEpoch(db: Database, model: string, epoch: number, kind: LineageKind | null) {
  const found = await db('deployments').where({ model, epoch }).select<{ epoch: number }[]>('epoch');
  return found.length === 0 ? [] : [keyOf(kind === 'predictions' ? kind : 'deployment', [model, epoch])];
}

/** A model's version and a feature view's may be called the same. */
async function findVersions(db: Database, name: string, version: number | string): Promise<LineageKey[]> {
  if (typeof version === 'string') {
    const isModel = (await db('models').where({ name }).first('name')) !== undefined;
    return isModel ? [keyOf('version', [name, await resolveAlias(db, name, version)])] : [];
  }
  const [models, views] = await Promise.all([
    db('model_versions').where({ model: name, version }).select('version'),
    db('feature_view_versions').where({ view: name, version }).select('version'),
  ]);
  return [
    ...models.map(() => keyOf('version', [name, version])),
    ...views.map(() => keyOf('feature-view', [name, version])),
  ];
}

async function findDigest(db: Database, digest: string): Promise<LineageKey[]> {
  return present(db, [
    ['dataset', 'dataset_versions', { id: digest }],
    ['artifact', 'artifacts', { sha256: digest }],
    ['definition', 'model_definitions', { digest }],
  ]);
}

async function findUuid(db: Database, id: string): Promise<LineageKey[]> {
  return present(db, [
    ['run', 'runs', { id }],
    ['prediction', 'predictions', { id }],
    ['validation', 'validations', { id }],
    ['rollout', 'rollouts', { id }],
  ]);
}

async function present(
  db: Database,
  places: readonly (readonly [LineageKind, string, Record<string, string>])[],
): Promise<LineageKey[]> {
  const found = await Promise.all(
    places.map(async ([kind, table, condition]) => {
      const rows = await db(table).where(condition).select<object[]>(Object.keys(condition));
      return rows.length === 0 ? [] : [keyOf(kind, Object.values(condition))];
    }),
  );
  return found.flat();
}

async function findPrefix(db: Database, prefix: string): Promise<LineageKey[]> {
  const runs = looksLikeRunId(prefix) ? await findRunIds(db, prefix) : [];
  const digests = prefix.includes('-')
    ? []
    : await Promise.all(
        (
          [
            ['dataset', 'dataset_versions', 'id'],
            ['artifact', 'artifacts', 'sha256'],
            ['definition', 'model_definitions', 'digest'],
          ] as const
        ).map(async ([kind, table, column]) => {
          const rows = await db(table)
            .where(column, '>=', prefix.padEnd(64, '0'))
            .andWhere(column, '<=', prefix.padEnd(64, 'f'))
            .limit(2)
            .select<{ digest: string }[]>(db.ref(column).as('digest'));
          return rows.map(({ digest }) => keyOf(kind, [digest]));
        }),
      );
  return [...runs.map((id) => keyOf('run', [id])), ...digests.flat()];
}
