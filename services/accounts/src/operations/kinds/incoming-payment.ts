import { problems } from '@guichet/errors';
import { houseAccount } from '../../accounts/account.ts';
import { amountOf } from '../operation.ts';
import { approvalsByAmount, refuseCredit, refuseUnusable } from '../rules.ts';
import type { MoneyKind } from './kind.ts';

export interface IncomingPaymentInput {
  kind: 'incoming_payment';
}

/** A payment from another bank, which was approved with its file. Without an account it goes to suspense. */
export const incomingPayment: MoneyKind<IncomingPaymentInput> = {
  title: 'Payment from another bank',
  actions: { posted: 'PAYMENT_RECEIVED' },
  mail: 'operation_decided',
  requestedBy: 'agent',
  accountField: 'accountId',
  movesMoney: true,
  takesHold: false,
  leavesBank: false,
  namesPayer: true,
  read: () => ({ kind: 'incoming_payment' }),
  reads: () => ({}),
  holdsOn: () => null,
  // Only a file brings one.
  draft: () => problems.not_found(),
  refuse(operation, facts) {
    if (operation.accountId === null) return null;
    const account = facts.account(operation.accountId);
    return (
      refuseUnusable(account, operation.currency) ?? refuseCredit(account, amountOf(operation), facts.moment)
    );
  },
  approvals: approvalsByAmount,
  posting: ({ accountId, currency, toName, toIban }) => ({
    debitAccountId: houseAccount.clearing(currency),
    creditAccountId: accountId ?? houseAccount.suspense(currency),
    shownToDebited: null,
    shownToCredited: { name: toName, iban: toIban },
  }),
};
