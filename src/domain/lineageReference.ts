/** What a person may call a thing whose lineage they ask for. */
import { lineageKinds, type LineageKind } from './lineage.js';

export type LineageReference =
  | { form: 'epoch'; model: string; epoch: number }
  /** `model@3`, `model:3`, `model@champion`, and `view@2`, which looks the same. */
  | { form: 'version'; name: string; version: number | string }
  | { form: 'digest'; digest: string }
  | { form: 'uuid'; uuid: string }
  /** The beginning of a dataset version's, run's or artifact's id. */
  | { form: 'prefix'; prefix: string }
  | { form: 'name'; name: string };

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Reads a reference, with the kind it must be of where it names one: `run/1b4e28ba`.
 *
 * @returns null for what no thing can be called
 */
export function parseLineageReference(
  text: string,
): { kind: LineageKind | null; reference: LineageReference } | null {
  const slash = text.indexOf('/');
  const prefix = slash === -1 ? null : text.slice(0, slash);
  const kind = lineageKinds.find((each) => each === prefix) ?? null;
  if (prefix !== null && kind === null) return null;
  const reference = referenceOf(text.slice(slash + 1).trim());
  return reference === null ? null : { kind, reference };
}

function referenceOf(text: string): LineageReference | null {
  const lower = text.toLowerCase();
  if (uuid.test(lower)) return { form: 'uuid', uuid: lower };
  if (/^[0-9a-f]{64}$/.test(lower)) return { form: 'digest', digest: lower };
  const epoch = /^([a-z][a-z0-9-]*)#(\d{1,9})$/.exec(text);
  if (epoch !== null) return { form: 'epoch', model: epoch[1] ?? '', epoch: Number(epoch[2]) };
  const version = /^([a-z][a-z0-9-]*)[@:](?:v?(\d{1,9})|([a-z][a-z0-9-]*))$/.exec(text);
  if (version !== null) {
    const [, name = '', number, alias = ''] = version;
    return { form: 'version', name, version: number === undefined ? alias : Number(number) };
  }
  if (/^[0-9a-f]{8}[0-9a-f-]*$/.test(lower) && lower.length < 64) return { form: 'prefix', prefix: lower };
  if (/^[a-z][a-z0-9-]*$/.test(text)) return { form: 'name', name: text };
  return null;
}
