import { queryOnce } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { Caller } from '@guichet/tokens';
import type { Bank } from '../bank.ts';
import { type AccountWithOwner, findAccount } from './store.ts';

/** The account, where the caller may read it: its owner, or an agent. @throws Problem not_found, also for what belongs to another */
export async function readableAccount(bank: Bank, caller: Caller, id: string): Promise<AccountWithOwner> {
  const account = await queryOnce(bank.db, findAccount(id));
  if (account === null || (caller.role !== 'agent' && account.ownerId !== caller.userId))
    throw problems.not_found();
  return account;
}
