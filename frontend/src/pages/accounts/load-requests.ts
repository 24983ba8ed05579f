import { KIND_EFFECTS } from '@guichet/contract';
import type { Account, Operation } from '@guichet/contract/accounts';
import type { PageContext } from '../../request-context.ts';
import { settle } from '../settle.ts';

/** A request that waits for a decision, and whether it reserves money of the account that it was loaded for. */
export type OpenRequest = Operation & { reserves: boolean };

const EACH = 50;

/** The requests of an account that still wait for a decision, newest first; null while they can't be loaded. */
export async function loadRequests(ctx: PageContext, account: Account): Promise<OpenRequest[] | null> {
  const load = (status: 'pending' | 'approved') =>
    settle(ctx, 'requests', ctx.state.api.accounts.operations({ account: account.id, status, limit: EACH }));
  const [pending, approved] = await Promise.all([load('pending'), load('approved')]);
  if (pending === null || approved === null) return null;
  return [...pending.items, ...approved.items]
    .map((operation) => ({ ...operation, reserves: reserves(operation, account.id) }))
    .toSorted((a, b) => b.created_at.localeCompare(a.created_at));
}

/** Whether a request that waits reserves money of this account. */
function reserves(operation: Operation, accountId: string): boolean {
  const { type, from_account_id: fromId, account_id: id, execute_on: executeOn } = operation;
  // One with a date reserves nothing.
  if (executeOn != null) return false;
  // A newer release of accounts may know more kinds.
  const effects: { reserves: boolean } | undefined = KIND_EFFECTS[type];
  return (
    (fromId ?? id) === accountId && (effects?.reserves === true || (type === 'reversal' && fromId !== null))
  );
}
