import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** A public key of a JWKS (RFC 7517). */
export interface Jwk {
  kty: string;
  crv: string;
  x: string;
  y: string;
  kid: string;
  use: 'sig';
  alg: 'ES256';
}

export interface Jwks {
  keys: Jwk[];
}

/** Finds the public key that a token names. */
export interface KeySet {
  /** @returns null if the issuer has no such key; throws if the issuer is unavailable and the key is not cached */
  get(kid: string): Promise<KeyObject | null>;
  /** Whether the key was revoked: then every token that it signed is refused, also one that was verified before. */
  isRevoked(kid: string): boolean;
}

/** The keys of an issuer in another process. */
interface CachedKeySet extends KeySet {
  /** Refuses a key for ever: if it was stolen, it may sign tokens that never expire. */
  revoke(kid: string): void;
}

/** The SHA-256 thumbprint of an EC public key, base64url (RFC 7638: required members, in lexicographic order). */
export function keyThumbprint(publicKey: KeyObject): string {
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

/** The public half of a P-256 key as a JWKS serves it. */
export function publicJwk(publicKey: KeyObject): Jwk {
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' }) as Required<JsonWebKey>;
  return { kty, crv, x, y, kid: keyThumbprint(publicKey), use: 'sig', alg: 'ES256' } as Jwk;
}

const RETRY_AFTER_FAILURE_MS = 1_000;

/**
 * Caches the keys that `fetchKeys` returned. An unknown `kid` fetches them again, but at most once in `minIntervalMs` (once a second while
 * that fails), so that invented ids can't flood the issuer. Cached keys stay usable while the issuer is down, except those that were revoked.
 */
export function createKeySet(fetchKeys: () => Promise<Jwks>, minIntervalMs = 5_000): CachedKeySet {
  const revoked = new Set<string>();
  let keys = new Map<string, KeyObject>();
  let revokedAt = Number.NEGATIVE_INFINITY;
  let fetchAgainAt = Number.NEGATIVE_INFINITY;
  let failure: unknown = null;
  let fetching: Promise<void> | null = null;

  // After a revocation a new key may sign that was never published in advance, and a replica of the issuer may not serve it yet.
  const intervalMs = () =>
    performance.now() - revokedAt < minIntervalMs
      ? Math.min(minIntervalMs, RETRY_AFTER_FAILURE_MS)
      : minIntervalMs;

  async function refresh(): Promise<void> {
    try {
      const jwks = await fetchKeys();
      keys = new Map(jwks.keys.filter(isSigningKey).map((jwk) => [jwk.kid, importKey(jwk)]));
      failure = null;
      fetchAgainAt = performance.now() + intervalMs();
    } catch (error) {
      failure = error;
      fetchAgainAt = performance.now() + Math.min(minIntervalMs, RETRY_AFTER_FAILURE_MS);
    } finally {
      fetching = null;
    }
  }

  return {
    isRevoked: (kid) => revoked.has(kid),
    revoke(kid) {
      if (revoked.has(kid)) return;
      revoked.add(kid);
      revokedAt = performance.now();
      fetchAgainAt = Number.NEGATIVE_INFINITY;
    },
    async get(kid) {
      const known = keys.get(kid);
      if (known !== undefined) return known;
      if (fetching === null && performance.now() >= fetchAgainAt) fetching = refresh();
      await fetching;
      const found = keys.get(kid);
      if (found === undefined && failure !== null) throw failure;
      return found ?? null;
    },
  };
}

/** Whether this release can use the key; a later release may add other kinds. */
function isSigningKey({ kty, crv }: Jwk): boolean {
  return kty === 'EC' && crv === 'P-256';
}

function importKey(jwk: Jwk): KeyObject {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' });
}
