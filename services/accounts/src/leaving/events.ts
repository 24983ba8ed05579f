import { sentence } from '@guichet/contract/events';
import type { OutboxMessage } from '@guichet/events';
import type { Account } from '../accounts/account.ts';
import { actionLogged } from '../audit.ts';
import type { Beneficiary } from '../beneficiaries/store.ts';
import { accountLogged } from '../operations/events.ts';
import type { StandingOrder } from '../operations/standing-order.ts';

/** The audit events of payees who are removed because their holder was deleted: without the name and the IBAN, which are the holder's. */
export function payeesRemovedLogged(removed: readonly Beneficiary[], now: Date): OutboxMessage[] {
  return removed.map(({ id, ownerId }) =>
    actionLogged(now, null, {
      action: 'BENEFICIARY_REMOVED',
      actor: null,
      subject: { type: 'beneficiary', id },
      concerns: [ownerId],
      sentence: sentence`A saved payee was removed because the account was closed`,
    }),
  );
}

/** The audit events of accounts that are closed because their owner leaves. */
export function accountsClosedLogged(
  ownerId: string,
  accounts: readonly Account[],
  correlationId: string,
  now: Date,
): OutboxMessage[] {
  return accounts.map((account) =>
    actionLogged(now, correlationId, {
      action: 'ACCOUNT_CLOSED',
      actor: null,
      subject: { type: 'account', id: account.id },
      concerns: [ownerId],
      sentence: sentence`An empty account was closed because its owner left the bank`,
      data: { account_id: account.id, ...accountLogged(account) },
    }),
  );
}

/** The audit events of standing orders that end because their customer leaves. */
export function ordersEndedLogged(
  orders: readonly StandingOrder[],
  correlationId: string,
  now: Date,
): OutboxMessage[] {
  return orders.map(({ id, ownerId }) =>
    actionLogged(now, correlationId, {
      action: 'STANDING_ORDER_ENDED',
      actor: null,
      subject: { type: 'operation', id },
      operationId: id,
      concerns: [ownerId],
      sentence: sentence`A standing order ended because its customer left the bank`,
      data: { operation_id: id, type: 'standing_order' },
    }),
  );
}
