import { change, type Database, queryOnce, sql, type Transaction, table } from '@guichet/database';
import type { KeyFacts } from './rules.ts';

export interface KeyRow extends KeyFacts {
  public_jwk: string;
  /** Sealed; null once the key no longer signs. */
  private_sealed: string | null;
}

const signingKeys = table<KeyRow>('signing_keys', {
  kid: 'kid',
  state: 'state',
  public_jwk: 'public_jwk',
  private_sealed: 'private_sealed',
  created_at: 'created_at',
  signing_since: 'signing_since',
  needed_until: 'needed_until',
});

/** All keys that may sign or verify. */
export async function listKeys(db: Database | Transaction): Promise<KeyRow[]> {
  const live = sql`state IN ('published', 'signing', 'verify_only')`;
  return queryOnce(db, signingKeys.select(sql`${live} ORDER BY created_at, kid`));
}

/** All keys except those that were removed after their time: the revoked ones are refused for ever. */
export async function listKeysAndRevoked(db: Database): Promise<KeyRow[]> {
  return queryOnce(db, signingKeys.select(sql`state <> 'removed' ORDER BY created_at, kid`));
}

/** The ids of the keys that were revoked. */
export async function listRevokedKeys(db: Database): Promise<string[]> {
  const revoked = await queryOnce(db, signingKeys.select(sql`state = 'revoked' ORDER BY kid`));
  return revoked.map(({ kid }) => kid);
}

/** A key in any state. */
export async function findKey(trx: Transaction, kid: string): Promise<KeyRow | null> {
  return queryOnce(trx, signingKeys.find(sql`kid = ${kid}`));
}

/** From now on the key neither signs nor verifies. Its private half is deleted. */
export async function markKeyRevoked(trx: Transaction, kid: string): Promise<void> {
  const revoked = { state: 'revoked', private_sealed: null } as const;
  await queryOnce(trx, signingKeys.update(revoked, sql`kid = ${kid}`));
}

export async function insertKey(trx: Transaction, key: KeyRow): Promise<void> {
  await queryOnce(trx, signingKeys.insert([key]));
}

export async function promoteKey(trx: Transaction, kid: string, now: Date): Promise<void> {
  const signing = { state: 'signing', signing_since: now } as const;
  await queryOnce(trx, signingKeys.update(signing, sql`kid = ${kid} AND state = 'published'`));
}

/** From now on the key only verifies, at least until `neededUntil`. Its private half is deleted. */
export async function retireKey(trx: Transaction, kid: string, neededUntil: Date): Promise<void> {
  await keepKeyUntil(trx, kid, neededUntil);
  const retired = { state: 'verify_only', private_sealed: null } as const;
  await queryOnce(trx, signingKeys.update(retired, sql`kid = ${kid}`));
}

export async function removeKey(trx: Transaction, kid: string): Promise<void> {
  await queryOnce(trx, signingKeys.update({ state: 'removed' }, sql`kid = ${kid} AND state = 'verify_only'`));
}

/** Keeps the public half for a token that lives longer than most. */
async function keepKeyUntil(trx: Transaction, kid: string, until: Date): Promise<void> {
  await queryOnce(
    trx,
    change(sql`UPDATE signing_keys SET needed_until = GREATEST(COALESCE(needed_until, ${until}), ${until})
      WHERE kid = ${kid}`),
  );
}
