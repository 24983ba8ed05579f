import type { AccountWithOwner } from '../../accounts/store.ts';
import type { Counterparty } from '../../ledger/post-transfer.ts';
import type { Facts, RequestFacts } from './kind.ts';

/** The account if it is the requester's; null for any other, so that a client cannot learn which exist. */
export function ownAccount(id: string, facts: RequestFacts): AccountWithOwner | null {
  const account = facts.account(id);
  return account?.ownerId === facts.requesterId ? account : null;
}

/** An account's holder, as the other side of a transfer sees them. */
export function partyOf(accountId: string | null, facts: Facts): Counterparty | null {
  const account = facts.account(accountId);
  return account === undefined ? null : { name: account.ownerName || null, iban: account.iban };
}
