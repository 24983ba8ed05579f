import type { OperationBody } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { refuse } from '../../errors.ts';
import { amountOf } from '../operation.ts';
import { approvalsByAmount, refuseCredit, refuseDate, refuseDebit, refuseUnusable } from '../rules.ts';
import { datedActionsOf } from './actions.ts';
import type { MoneyKind } from './kind.ts';
import { ownAccount, partyOf } from './parties.ts';

export interface InternalTransferInput {
  kind: 'internal_transfer';
  fromAccountId: string;
  toAccountId: string;
  amountMinor: bigint;
  reference: string | null;
  executeOn: string | null;
}

/** A transfer between two accounts of one member. */
export const internalTransfer: MoneyKind<InternalTransferInput> = {
  title: 'Internal transfer',
  actions: datedActionsOf('TRANSFER'),
  mail: 'operation_decided',
  requestedBy: 'member',
  accountField: 'fromAccountId',
  movesMoney: true,
  takesHold: true,
  leavesBank: false,
  read: (body: OperationBody<'internal_transfer'>) => ({
    kind: 'internal_transfer',
    fromAccountId: body.from_account_id,
    toAccountId: body.to_account_id,
    amountMinor: BigInt(body.amount),
    reference: body.reference ?? null,
    executeOn: body.execute_on ?? null,
  }),
  refuseInput: ({ executeOn }, today) => refuseDate(executeOn, today),
  reads: ({ toAccountId }) => ({ accounts: [toAccountId] }),
  holdsOn: ({ fromAccountId }) => fromAccountId,
  draft({ fromAccountId, toAccountId, amountMinor, reference, executeOn }, facts) {
    const from = ownAccount(fromAccountId, facts);
    if (from === null) return problems.not_found();
    if (toAccountId === fromAccountId) return refuse.same_account();
    if (ownAccount(toAccountId, facts) === null) return refuse.not_your_account_pair();
    return { fromAccountId, toAccountId, amountMinor, reference, executeOn, currency: from.currency };
  },
  refuse(operation, facts) {
    const { currency } = operation;
    const from = facts.account(operation.fromAccountId);
    const to = facts.account(operation.toAccountId);
    return (
      refuseUnusable(to, currency) ??
      refuseUnusable(from, currency) ??
      refuseDebit(from, operation, facts.moment) ??
      refuseCredit(to, amountOf(operation), facts.moment)
    );
  },
  approvals: approvalsByAmount,
  posting: (operation, facts) => ({
    debitAccountId: operation.fromAccountId as string,
    creditAccountId: operation.toAccountId as string,
    shownToDebited: partyOf(operation.toAccountId, facts),
    shownToCredited: partyOf(operation.fromAccountId, facts),
  }),
};
