import { timingSafeEqual } from 'node:crypto';
import { type ApiKey, findApiKey, parseApiKey, secretDigest } from '../store/apiKeys.js';
import type { Database } from '../store/database.js';

/** How long a key that was found is believed without asking PostgreSQL again. */
const believedMs = 5_000;
/** More keys than this in use at once start the cache over. */
const maxCachedKeys = 10_000;

/**
 * Recognizes callers by their API keys.
 *
 * A key that was found is remembered for five seconds: so long may a revoked key go on. A key that was not found is
 * asked for again each time, so a new one works at once.
 */
export class Authenticator {
  private readonly found = new Map<string, { apiKey: Promise<ApiKey | null>; askedAt: number }>();

  constructor(private readonly db: Database) {}

  /** @returns the caller's key, or null where there is none, or it is wrong, expired or revoked */
  async authenticate(authorization: string | undefined): Promise<ApiKey | null> {
    const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    const given = bearer === undefined ? null : parseApiKey(bearer);
    if (given === null) return null;
    const apiKey = await this.find(given.id);
    if (apiKey === null || apiKey.revokedAt !== null) return null;
    if (apiKey.expiresAt !== null && apiKey.expiresAt.getTime() <= Date.now()) return null;
    const right = timingSafeEqual(secretDigest(given.secret), Buffer.from(apiKey.secretSha256, 'hex'));
    return right ? apiKey : null;
  }

  private find(id: string): Promise<ApiKey | null> {
    const cached = this.found.get(id);
    if (cached !== undefined && performance.now() - cached.askedAt < believedMs) return cached.apiKey;
    if (this.found.size >= maxCachedKeys) this.found.clear();
    const apiKey = findApiKey(this.db, id);
    this.found.set(id, { apiKey, askedAt: performance.now() });
    const forget = (): void => void this.found.delete(id);
    apiKey.then((key) => {
      if (key === null) forget();
    }, forget);
    return apiKey;
  }
}
