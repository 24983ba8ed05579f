import type { OperationBody } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { houseAccount } from '../../accounts/account.ts';
import { amountOf } from '../operation.ts';
import { approvalsByAmount, refuseCredit, refuseUnusable } from '../rules.ts';
import { actionsOf } from './actions.ts';
import type { MoneyKind } from './kind.ts';
import { ownAccount, partyOf } from './parties.ts';

export interface DepositInput {
  kind: 'deposit';
  accountId: string;
  amountMinor: bigint;
  reference: string | null;
}

/** Cash that a member pays in over the counter. */
export const deposit: MoneyKind<DepositInput> = {
  title: 'Deposit',
  actions: actionsOf('DEPOSIT'),
  mail: 'operation_decided',
  requestedBy: 'member',
  accountField: 'accountId',
  movesMoney: true,
  takesHold: false,
  leavesBank: false,
  read: (body: OperationBody<'deposit'>) => ({
    kind: 'deposit',
    accountId: body.account_id,
    amountMinor: BigInt(body.amount),
    reference: body.reference ?? null,
  }),
  reads: ({ accountId }) => ({ accounts: [accountId] }),
  holdsOn: () => null,
  draft({ accountId, amountMinor, reference }, facts) {
    const account = ownAccount(accountId, facts);
    if (account === null) return problems.not_found();
    return { accountId, amountMinor, reference, currency: account.currency };
  },
  refuse(operation, facts) {
    const account = facts.account(operation.accountId);
    return (
      refuseUnusable(account, operation.currency) ?? refuseCredit(account, amountOf(operation), facts.moment)
    );
  },
  approvals: approvalsByAmount,
  posting: (operation, facts) => ({
    debitAccountId: houseAccount.cash(operation.currency),
    creditAccountId: operation.accountId as string,
    shownToDebited: partyOf(operation.accountId, facts),
    shownToCredited: null,
  }),
};
