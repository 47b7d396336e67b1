import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonicalJson.js';

/** SHA-256 of a definition's canonical JSON: equal definitions have equal digests. */
export function definitionDigest(definition: unknown): string {
  return createHash('sha256').update(canonicalJson(definition)).digest('hex');
}
