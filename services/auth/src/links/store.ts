import type { Database, Transaction } from '@guichet/database';
import type { LinkPurpose } from './rules.ts';

export interface LinkRow {
  token_hash: string;
  user_id: string;
  purpose: LinkPurpose;
  /** The address that the link was sent to. */
  email: string;
  created_at: Date;
  expires_at: Date;
}

export async function insertLink(trx: Transaction, link: LinkRow): Promise<void> {
  await trx('mailed_links').insert(link);
}

/** A link that has not expired. */
export async function findLink(db: Database, tokenHash: string, now: Date): Promise<LinkRow | null> {
  const link = db<LinkRow>('mailed_links').where({ token_hash: tokenHash }).where('expires_at', '>', now);
  return (await link.first()) ?? null;
}

/** Uses a link up. @returns false where somebody else was faster */
export async function deleteLink(trx: Transaction, tokenHash: string): Promise<boolean> {
  return (await trx('mailed_links').where({ token_hash: tokenHash }).delete()) === 1;
}

export async function deleteLinks(
  trx: Transaction,
  userId: string,
  purposes: readonly LinkPurpose[],
): Promise<void> {
  await trx('mailed_links').where({ user_id: userId }).whereIn('purpose', purposes).delete();
}

/** Deletes links that stop a change of address, if they were created at `since` or later: older ones stay valid. */
export async function deleteStopLinks(trx: Transaction, userId: string, since: Date): Promise<void> {
  await trx('mailed_links')
    .where({ user_id: userId, purpose: 'email_stop' })
    .where('created_at', '>=', since)
    .delete();
}

/** Deletes the links that stop a change of address and were sent to `email`. */
export async function deleteStopLinksTo(trx: Transaction, userId: string, email: string): Promise<void> {
  await trx('mailed_links').where({ user_id: userId, purpose: 'email_stop', email }).delete();
}

export async function deleteExpiredLinks(db: Database, now: Date, limit: number): Promise<number> {
  return db('mailed_links').where('expires_at', '<', now).limit(limit).delete();
}
