import type { Database, Transaction } from '@guichet/database';
import type { KeyFacts } from './rules.ts';

export interface KeyRow extends KeyFacts {
  public_jwk: string;
  /** Sealed; null once the key signs no more. */
  private_sealed: string | null;
}

/** All keys that may sign or verify. */
export async function listKeys(db: Database): Promise<KeyRow[]> {
  return db<KeyRow>('signing_keys').whereNot({ state: 'removed' }).orderBy('created_at');
}

export async function insertKey(trx: Transaction, key: KeyRow): Promise<void> {
  await trx('signing_keys').insert(key);
}

export async function promoteKey(trx: Transaction, kid: string, now: Date): Promise<void> {
  await trx('signing_keys')
    .where({ kid, state: 'published' })
    .update({ state: 'signing', signing_since: now });
}

/** From here on the key only verifies, at least until `neededUntil`. Its private half is forgotten. */
export async function retireKey(trx: Transaction, kid: string, neededUntil: Date): Promise<void> {
  await keepKeyUntil(trx, kid, neededUntil);
  await trx('signing_keys').where({ kid }).update({ state: 'verify_only', private_sealed: null });
}

export async function removeKey(trx: Transaction, kid: string): Promise<void> {
  await trx('signing_keys').where({ kid, state: 'verify_only' }).update({ state: 'removed' });
}

/** Keeps the public half for a token that lives longer than most. */
async function keepKeyUntil(trx: Transaction, kid: string, until: Date): Promise<void> {
  await trx.raw(
    'UPDATE signing_keys SET needed_until = GREATEST(COALESCE(needed_until, ?), ?) WHERE kid = ?',
    [until, until, kid],
  );
}
