import { sentence } from '@guichet/contract/events';
import type { Caller } from '@guichet/tokens';
import { recordViewing } from '@guichet/viewings';
import { actionLogged, actorOf } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { readableAccount } from './readable-account.ts';
import type { AccountWithInterest } from './store.ts';

/** The request of a reader who opens a page. */
export interface PageRequest {
  readonly caller: Caller;
  readonly correlationId: string;
  readonly isPassive: boolean;
  readonly isHead: boolean;
}

/**
 * The account, for a reader of its movements. That an agent reads them is logged before the answer: what can't be logged isn't shown.
 * @throws Problem not_found, also for an account of another member
 */
export async function openAccountPage(
  deps: Deps,
  { caller, correlationId, isPassive, isHead }: PageRequest,
  id: string,
): Promise<AccountWithInterest> {
  const account = await readableAccount(deps, caller, id);
  if (caller.userId === account.ownerId || isHead) return account;
  const now = deps.clock();
  const viewing = { subjectId: account.id, readerId: caller.userId, now, isPassive };
  const owner = { of: account.ownerId, text: account.ownerName };
  const logged = () =>
    actionLogged(now, correlationId, {
      action: 'ACCOUNT_VIEWED',
      actor: actorOf(caller),
      // The customer may not learn that an agent looks at the account.
      subject: { type: 'customer_record', id: account.ownerId },
      concerns: [],
      sentence: sentence`An agent opened an account of ${owner}.`,
      data: { account_id: account.id, account_name: account.name, name: account.ownerName },
    });
  if (await recordViewing(deps.db, viewing, logged)) deps.committed();
  return account;
}
