import { sentence } from '@guichet/contract/events';
import type { OutboxMessage } from '@guichet/events';
import type { Account } from '../accounts/account.ts';
import { actionLogged } from '../audit.ts';
import type { Beneficiary } from '../beneficiaries/store.ts';
import { accountLogged } from '../operations/events.ts';

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
