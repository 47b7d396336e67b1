import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Database } from './database.js';

export const scopeSchema = z.enum(['predict', 'status', 'operate', 'admin']);
/** What a key may do. No scope implies another. */
export type Scope = z.output<typeof scopeSchema>;

/** A stored key. Its secret is not stored; `secretSha256` recognizes it. */
export interface ApiKey {
  id: string;
  name: string;
  secretSha256: string;
  scopes: Scope[];
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
}

interface ApiKeyRow {
  id: string;
  name: string;
  secret_sha256: string;
  scopes: Scope[];
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
}

/**
 * Makes a key: `tmp_<id without dashes>_<secret>`. The secret has 256 random bits, so its plain SHA-256 is enough to
 * store: there is nothing to guess that a slow hash would protect.
 *
 * @returns the key's text, which cannot be read again
 */
export async function createApiKey(
  db: Database,
  given: { name: string; scopes: readonly Scope[]; expiresAt?: Date },
): Promise<{ id: string; key: string }> {
  const id = randomUUID();
  const secret = randomBytes(32).toString('base64url');
  await db<ApiKeyRow>('api_keys').insert({
    id,
    name: given.name,
    secret_sha256: secretDigest(secret).toString('hex'),
    scopes: [...new Set(given.scopes)],
    expires_at: given.expiresAt ?? null,
  });
  return { id, key: `tmp_${id.replaceAll('-', '')}_${secret}` };
}

/** Splits a key's text into its id and secret; null for what has not the form of a key. */
export function parseApiKey(text: string): { id: string; secret: string } | null {
  const match = /^tmp_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([\w-]{43})$/.exec(
    text,
  );
  if (match === null) return null;
  const [, a, b, c, d, e, secret] = match;
  return { id: `${a}-${b}-${c}-${d}-${e}`, secret: secret ?? '' };
}

/** SHA-256 of a key's secret. */
export function secretDigest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

export async function findApiKey(db: Database, id: string): Promise<ApiKey | null> {
  const row = await db<ApiKeyRow>('api_keys').where({ id }).first();
  return row === undefined ? null : toApiKey(row);
}

/** The newest keys first. */
export async function listApiKeys(db: Database): Promise<ApiKey[]> {
  const rows = await db<ApiKeyRow>('api_keys').orderBy('created_at', 'desc');
  return rows.map(toApiKey);
}

/** Ends a key for good. @returns whether there is such a key; one revoked before keeps its first date */
export async function revokeApiKey(db: Database, id: string): Promise<boolean> {
  const changed = await db('api_keys')
    .where({ id })
    .update({ revoked_at: db.raw('coalesce(revoked_at, now())') });
  return changed > 0;
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    secretSha256: row.secret_sha256,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
