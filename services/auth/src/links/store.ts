import type { LinkPurpose } from '@guichet/contract/auth';
import { type Database, queryOnce, sql, type Transaction, table } from '@guichet/database';

export interface LinkRow {
  token_hash: string;
  user_id: string;
  purpose: LinkPurpose;
  /** The address that the link was sent to. */
  email: string;
  /** The session that a `sign_in_stop` link is about. It may have been deleted. */
  session_id: string | null;
  created_at: Date;
  expires_at: Date;
}

const mailedLinks = table<LinkRow>('mailed_links', {
  token_hash: 'token_hash',
  user_id: 'user_id',
  purpose: 'purpose',
  email: 'email',
  session_id: 'session_id',
  created_at: 'created_at',
  expires_at: 'expires_at',
});

export async function insertLink(trx: Transaction, link: LinkRow): Promise<void> {
  await queryOnce(trx, mailedLinks.insert([link]));
}

/** A link that has not expired. */
export async function findLink(
  db: Database | Transaction,
  tokenHash: string,
  now: Date,
): Promise<LinkRow | null> {
  return queryOnce(db, mailedLinks.find(sql`token_hash = ${tokenHash} AND expires_at > ${now}`));
}

/** Uses a link up. @returns false if another request was faster */
export async function deleteLink(trx: Transaction, tokenHash: string): Promise<boolean> {
  return (await queryOnce(trx, mailedLinks.delete(sql`token_hash = ${tokenHash}`))) === 1;
}

export async function deleteLinks(
  trx: Transaction,
  userId: string,
  purposes: readonly LinkPurpose[],
): Promise<void> {
  await queryOnce(trx, mailedLinks.delete(sql`user_id = ${userId} AND purpose IN (${purposes})`));
}

/** Deletes the links for `purpose` that were sent to `email`. */
export async function deleteLinksTo(
  trx: Transaction,
  userId: string,
  purpose: LinkPurpose,
  email: string,
): Promise<void> {
  await queryOnce(
    trx,
    mailedLinks.delete(sql`user_id = ${userId} AND purpose = ${purpose} AND email = ${email}`),
  );
}

/** Deletes links that stop a change of address, if they were created at `since` or later: older ones stay valid. */
export async function deleteStopLinks(trx: Transaction, userId: string, since: Date): Promise<void> {
  await queryOnce(
    trx,
    mailedLinks.delete(sql`user_id = ${userId} AND purpose = 'email_stop' AND created_at >= ${since}`),
  );
}

export async function deleteExpiredLinks(trx: Transaction, now: Date, limit: number): Promise<number> {
  return queryOnce(trx, mailedLinks.delete(sql`expires_at < ${now} LIMIT ${limit}`));
}
