import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Database } from '@guichet/database';
import type { Jwk, Jwks, KeySet, SigningKey } from '@guichet/tokens';
import type { Vault } from '../vault.ts';
import { listKeys } from './store.ts';

const RELOAD_AT_MOST_EVERY_MS = 1_000;

/** This replica's copy of the bank's signing keys. */
export interface Keyring extends KeySet {
  /** The key that signs now. @throws Error before the first `reload` */
  signingKey(): SigningKey;
  /** When that key started to sign; null before the first `reload`. */
  signingSince(): Date | null;
  /** Every public key that may still verify a token. */
  jwks(): Jwks;
  /** Reads the keys again. @throws Error if KEY_ENCRYPTION_KEY is not the key they were sealed with */
  reload(): Promise<void>;
}

export function createKeyring(db: Database, vault: Vault): Keyring {
  let signing: (SigningKey & { since: Date | null }) | null = null;
  let publicKeys = new Map<string, { jwk: Jwk; key: KeyObject }>();
  let reloadedAt = Number.NEGATIVE_INFINITY;

  async function reload(): Promise<void> {
    const rows = await listKeys(db);
    const newest = rows.filter(({ state }) => state === 'signing').at(-1);
    if (newest?.private_sealed != null && newest.kid !== signing?.kid) {
      const privateKey = openPrivateKey(vault, newest.kid, newest.private_sealed);
      signing = { kid: newest.kid, privateKey, since: newest.signing_since };
    }
    publicKeys = new Map(
      rows.map(({ kid, public_jwk }) => {
        const jwk: Jwk = JSON.parse(public_jwk);
        return [kid, { jwk, key: createPublicKey({ key: { ...jwk }, format: 'jwk' }) }];
      }),
    );
    reloadedAt = performance.now();
  }

  return {
    reload,
    signingKey() {
      if (signing === null) throw new Error('the signing keys were not loaded yet');
      return signing;
    },
    signingSince: () => signing?.since ?? null,
    jwks: () => ({ keys: [...publicKeys.values()].map(({ jwk }) => jwk) }),
    async get(kid) {
      if (!publicKeys.has(kid) && performance.now() - reloadedAt > RELOAD_AT_MOST_EVERY_MS) await reload();
      return publicKeys.get(kid)?.key ?? null;
    },
  };
}

function openPrivateKey(vault: Vault, kid: string, sealed: string): KeyObject {
  try {
    return createPrivateKey({ key: JSON.parse(vault.open(sealed, `signing key ${kid}`)), format: 'jwk' });
  } catch (cause) {
    throw new Error('the signing keys were sealed with another KEY_ENCRYPTION_KEY', { cause });
  }
}
