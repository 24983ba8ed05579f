import type { OperationBody } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { isHouseAccount } from '../../accounts/account.ts';
import { refuse } from '../../errors.ts';
import type { PostedTransfer } from '../../ledger/store.ts';
import { amountOf } from '../operation.ts';
import { approvalsByAmount, refuseCredit, refuseDebit, refuseUnusable } from '../rules.ts';
import { actionsOf } from './actions.ts';
import type { MoneyKind } from './kind.ts';
import { partyOf } from './parties.ts';

export interface ReversalInput {
  kind: 'reversal';
  transferId: string;
  reason: string;
}

/** Null for an account of the bank itself. */
const customer = (accountId: string) => (isHouseAccount(accountId) ? null : accountId);

/** The correction of a posted transfer: a new transfer in the opposite direction. */
export const reversal: MoneyKind<ReversalInput> = {
  title: 'Reversal',
  actions: actionsOf('REVERSAL'),
  mail: 'operation_decided',
  requestedBy: 'agent',
  accountField: 'fromAccountId',
  movesMoney: true,
  takesHold: true,
  leavesBank: false,
  read: (body: OperationBody<'reversal'>) => ({
    kind: 'reversal',
    transferId: body.transfer_id,
    reason: body.reason,
  }),
  namedTransfer: ({ transferId }) => transferId,
  reads: () => ({}),
  holdsOn({ transferId }, transfers) {
    const transfer = transfers.get(transferId);
    return transfer === undefined ? null : customer(transfer.creditAccountId);
  },
  draft({ transferId, reason }, facts) {
    const transfer = facts.transfer(transferId);
    if (transfer === undefined) return problems.not_found();
    return {
      fromAccountId: customer(transfer.creditAccountId),
      toAccountId: customer(transfer.debitAccountId),
      amountMinor: transfer.amountMinor,
      currency: transfer.currency,
      reversesTransferId: transfer.id,
      reason,
    };
  },
  refuse(operation, facts) {
    const { currency, fromAccountId, toAccountId } = operation;
    if (facts.isReversed(operation.reversesTransferId)) return refuse.already_reversed();
    const from = facts.account(fromAccountId);
    const to = facts.account(toAccountId);
    const refusal =
      fromAccountId === null
        ? null
        : (refuseUnusable(from, currency) ?? refuseDebit(from, operation, facts.moment));
    // A closed account cannot be credited, but an agent may still request the reversal.
    if (refusal !== null || toAccountId === null || facts.moment === 'request') return refusal;
    return refuseUnusable(to, currency) ?? refuseCredit(to, amountOf(operation), facts.moment);
  },
  approvals: approvalsByAmount,
  posting(operation, facts) {
    const original = facts.transfer(operation.reversesTransferId) as PostedTransfer;
    const other = (accountId: string) => {
      const party = partyOf(customer(accountId), facts);
      // Only the original transfer records how the payer named the payee, not its reversal.
      return party !== null && original.kind === 'reversal' ? { ...party, name: null } : party;
    };
    return {
      debitAccountId: original.creditAccountId,
      creditAccountId: original.debitAccountId,
      shownToDebited: other(original.debitAccountId),
      // The payer sees the payee as they named them, not the holder, whose name they may not know.
      shownToCredited: original.payee ?? other(original.creditAccountId),
    };
  },
};
