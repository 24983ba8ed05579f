import type { OperationBody } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { houseAccount } from '../../accounts/account.ts';
import { approvalsByAmount, refusePayout, refuseUnusable } from '../rules.ts';
import { actionsOf } from './actions.ts';
import type { MoneyKind } from './kind.ts';
import { ownAccount, partyOf } from './parties.ts';

export interface WithdrawalInput {
  kind: 'withdrawal';
  accountId: string;
  amountMinor: bigint;
  reference: string | null;
}

/** Cash that a member takes out over the counter. */
export const withdrawal: MoneyKind<WithdrawalInput> = {
  title: 'Withdrawal',
  actions: actionsOf('WITHDRAWAL'),
  mail: 'operation_decided',
  requestedBy: 'member',
  accountField: 'accountId',
  movesMoney: true,
  takesHold: true,
  leavesBank: true,
  confirmed: ({ accountId, amountMinor }) => ({ accountId, amountMinor, toIban: null }),
  read: (body: OperationBody<'withdrawal'>) => ({
    kind: 'withdrawal',
    accountId: body.account_id,
    amountMinor: BigInt(body.amount),
    reference: body.reference ?? null,
  }),
  reads: () => ({}),
  holdsOn: ({ accountId }) => accountId,
  draft({ accountId, amountMinor, reference }, facts) {
    const account = ownAccount(accountId, facts);
    if (account === null) return problems.not_found();
    return { accountId, amountMinor, reference, currency: account.currency };
  },
  refuse(operation, facts) {
    const account = facts.account(operation.accountId);
    return refuseUnusable(account, operation.currency) ?? refusePayout(account, operation, facts);
  },
  approvals: approvalsByAmount,
  posting: (operation, facts) => ({
    debitAccountId: operation.accountId as string,
    creditAccountId: houseAccount.cash(operation.currency),
    shownToDebited: null,
    shownToCredited: partyOf(operation.accountId, facts),
  }),
};
