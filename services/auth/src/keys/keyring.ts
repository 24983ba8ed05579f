import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Database } from '@guichet/database';
import { sleep } from '@guichet/time';
import type { Jwk, Jwks, KeySet, SigningKey } from '@guichet/tokens';
import type { Vault } from '@guichet/vault';
import { type KeyRow, listKeysAndRevoked } from './store.ts';

/** So that invented ids can't flood the database. */
const RELOAD_AT_MOST_EVERY_MS = 100;

/** This replica's copy of the bank's signing keys. */
export interface Keyring extends KeySet {
  /** The key that signs now. @throws Error before the first `reload` */
  signingKey(): SigningKey;
  /** When that key started to sign; null before the first `reload`. */
  signingSince(): Date | null;
  /** Every public key that may still verify a token. */
  jwks(): Jwks;
  /** Reads the keys again. @throws Error if KEY_ENCRYPTION_KEY lacks the key they were sealed with */
  reload(): Promise<void>;
}

export function createKeyring(
  db: Database,
  vault: Vault,
  reloadAtMostEveryMs = RELOAD_AT_MOST_EVERY_MS,
): Keyring {
  const revoked = new Set<string>();
  let signing: (SigningKey & { since: Date | null }) | null = null;
  let publicKeys = new Map<string, { jwk: Jwk; key: KeyObject }>();
  let began = 0;
  let applied = 0;
  let reloadedAt = Number.NEGATIVE_INFINITY;
  let nextReload: Promise<void> | null = null;

  async function reload(): Promise<void> {
    began += 1;
    const turn = began;
    const rows = await listKeysAndRevoked(db);
    for (const { kid, state } of rows) if (state === 'revoked') revoked.add(kid);
    // An answer that was overtaken by a newer one would bring back a key that was replaced since.
    if (turn < applied) return;
    applied = turn;
    reloadedAt = performance.now();
    const live = rows.filter(({ state }) => state !== 'revoked');
    publicKeys = new Map(live.map((row) => [row.kid, publicKeys.get(row.kid) ?? importPublicKey(row)]));
    const newest = live.filter(({ state }) => state === 'signing').at(-1);
    if (newest?.kid !== signing?.kid) signing = newest === undefined ? null : openSigningKey(vault, newest);
  }

  /** Shares one reload, which begins after this call, among all callers. */
  function reloadSoon(): Promise<void> {
    nextReload ??= (async () => {
      await sleep(Math.max(0, reloadedAt + reloadAtMostEveryMs - performance.now()));
      nextReload = null;
      await reload();
    })();
    return nextReload;
  }

  return {
    reload,
    signingKey() {
      if (signing === null) throw new Error('the signing keys were not loaded yet');
      return signing;
    },
    signingSince: () => signing?.since ?? null,
    jwks: () => ({ keys: [...publicKeys.values()].map(({ jwk }) => jwk) }),
    isRevoked: (kid) => revoked.has(kid),
    async get(kid) {
      if (!publicKeys.has(kid) && !revoked.has(kid)) await reloadSoon();
      return publicKeys.get(kid)?.key ?? null;
    },
  };
}

function importPublicKey({ public_jwk }: KeyRow): { jwk: Jwk; key: KeyObject } {
  const jwk: Jwk = JSON.parse(public_jwk);
  return { jwk, key: createPublicKey({ key: { ...jwk }, format: 'jwk' }) };
}

function openSigningKey(
  vault: Vault,
  { kid, private_sealed, signing_since }: KeyRow,
): SigningKey & { since: Date | null } {
  try {
    const jwk = JSON.parse(vault.open(private_sealed ?? '', `signing key ${kid}`));
    return { kid, privateKey: createPrivateKey({ key: jwk, format: 'jwk' }), since: signing_since };
  } catch (cause) {
    throw new Error('the signing keys were sealed with another KEY_ENCRYPTION_KEY', { cause });
  }
}
