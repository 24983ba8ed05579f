import { query, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { lockAccountsOf, writeAccounts } from '../accounts/store.ts';
import { deleteBeneficiariesOf } from '../beneficiaries/store.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { hasOpenOperations } from '../operations/inbox-store.ts';
import { lockOrdersOf, writeOrders } from '../operations/order-store.ts';
import { deletePayeeChecks } from '../payees/store.ts';
import { lockPerson, markLeaving } from '../people/store.ts';
import { aboutAccount, queueMessages } from '../webhook-queue/queue-store.ts';
import { accountsClosedLogged, ordersEndedLogged } from './events.ts';

/**
 * Removes a user from the bank: ends their standing orders, closes their empty accounts and deletes their saved payees. The ledger is not changed.
 * @throws Problem user_has_accounts while there is money or a pending request
 */
export async function leaveBank(deps: Deps, userId: string, correlationId: string): Promise<void> {
  const now = deps.clock();
  await transaction(deps.db, async (trx) => {
    const [, accounts] = await query(trx, lockPerson(userId), lockAccountsOf(userId));
    // Before the look for open operations: a payment that is being made holds the lock of its order until it is one.
    const [orders] = await query(trx, lockOrdersOf(userId));
    const holdsMoney = accounts.some(
      ({ balanceMinor, heldMinor }) => balanceMinor !== 0n || heldMinor !== 0n,
    );
    if (holdsMoney || (await hasOpenOperations(trx, userId))) throw refuse.user_has_accounts();
    const open = accounts.filter(({ status }) => status === 'open');
    await query(
      trx,
      markLeaving(userId),
      deleteBeneficiariesOf(userId),
      deletePayeeChecks(userId),
      writeOrders(orders.map((order) => ({ ...order, state: 'ended', refusal: null }))),
      queueMessages(
        open.map(({ id }) => aboutAccount('account.closed', id, userId)),
        now,
      ),
      writeAccounts(open.map((account) => ({ ...account, status: 'closed', closedAt: now }))),
    );
    await enqueue(trx, [
      ...ordersEndedLogged(orders, correlationId, now),
      ...accountsClosedLogged(userId, open, correlationId, now),
    ]);
  });
  deps.committed();
}
