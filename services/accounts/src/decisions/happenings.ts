import type { WebhookEvent } from '@guichet/contract';
import type { Operation } from '../operations/operation.ts';
import { aboutAccount, aboutEntry, aboutOperation, type Happening } from '../webhook-queue/queue-store.ts';
import type { BatchState } from './batch-state.ts';

/** The final statuses of which webhooks are notified. A first approval and a day to wait for are none. */
const EVENTS: Readonly<Partial<Record<Operation['status'], WebhookEvent>>> = {
  posted: 'operation.posted',
  rejected: 'operation.rejected',
  cancelled: 'operation.cancelled',
  expired: 'operation.expired',
};

/** What webhooks are notified of after the decision on an operation, which this batch has just made. */
export function happeningsOf(operation: Operation, state: BatchState): Happening[] {
  const event = EVENTS[operation.status];
  const skipped = (state.orderEvents.get(operation) ?? [])
    .filter(({ event: happened }) => happened === 'skipped')
    .map(({ order }) => aboutOperation('standing_order.skipped', order.id, order.ownerId));
  if (event === undefined) return skipped;
  const own = aboutOperation(event, operation.id, operation.requesterId);
  if (operation.status !== 'posted') return [own, ...skipped];
  return [own, ...accountsOf(operation, state), ...skipped];
}

/** The accounts that a posted operation opened, closed, credited or debited, each for its own owner. */
function accountsOf({ id, kind, accountId }: Operation, state: BatchState): Happening[] {
  const ownerOf = (account: string) => state.accounts.get(account)?.ownerId ?? null;
  if (accountId !== null && kind === 'open_account')
    return [aboutAccount('account.opened', accountId, ownerOf(accountId))];
  if (accountId !== null && kind === 'close_account')
    return [aboutAccount('account.closed', accountId, ownerOf(accountId))];
  return state.entries
    .filter(({ transferId }) => transferId === id)
    .map((entry) => aboutEntry(entry, ownerOf));
}
