import { queryOnce } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { Caller } from '@guichet/tokens';
import type { Deps } from '../deps.ts';
import { type AccountWithInterest, findAccountWithInterest } from './store.ts';

/** The account, if the caller may read it: its owner, or an agent. @throws Problem not_found, also for an account of another member */
export async function readableAccount(deps: Deps, caller: Caller, id: string): Promise<AccountWithInterest> {
  const account = await queryOnce(deps.db, findAccountWithInterest(id));
  if (account === null || (caller.role !== 'agent' && account.ownerId !== caller.userId))
    throw problems.not_found();
  return account;
}
