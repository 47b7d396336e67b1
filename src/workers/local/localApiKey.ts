import { readFile, writeFile } from 'node:fs/promises';
import { createApiKey, findApiKey, parseApiKey, secretDigest, type Scope } from '../../store/apiKeys.js';
import type { Database } from '../../store/database.js';
import { isErrno } from './processes.js';

const scopes: readonly Scope[] = ['predict', 'status', 'operate'];

/** The API key of this machine: the one in the file where the database still takes it, else a new one, kept there. */
export async function ensureLocalApiKey(db: Database, file: string): Promise<string> {
  const kept = await readKey(file);
  if (kept !== null && (await isValid(db, kept))) return kept;
  const { key } = await createApiKey(db, { name: 'this machine', scopes });
  await writeFile(file, `${key}\n`, { mode: 0o600 });
  return key;
}

async function readKey(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

async function isValid(db: Database, text: string): Promise<boolean> {
  const parsed = parseApiKey(text);
  const stored = parsed === null ? null : await findApiKey(db, parsed.id);
  return (
    parsed !== null &&
    stored !== null &&
    stored.secretSha256 === secretDigest(parsed.secret).toString('hex') &&
    stored.revokedAt === null &&
    stored.expiresAt === null &&
    scopes.every((scope) => stored.scopes.includes(scope))
  );
}
