import type { OperationBody } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { houseAccount, isHouseAccount } from '../../accounts/account.ts';
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

/**
 * Whether a transfer moved money only within the bank or between banks, like that of a file or of a payment in suspense: each payment is taken back by itself, and only
 * other banks can take back their side.
 */
function namesNoCustomer({ debitAccountId, creditAccountId }: PostedTransfer): boolean {
  return isHouseAccount(debitAccountId) && isHouseAccount(creditAccountId);
}

/** Whether a transfer has taken back a payment from or to another bank, which then waits in suspense or was never sent: undoing that would move it twice. */
function isUndoneBetweenBanks({ kind, currency, debitAccountId, creditAccountId }: PostedTransfer): boolean {
  const between = [houseAccount.clearing(currency), houseAccount.suspense(currency)];
  return kind === 'reversal' && (between.includes(debitAccountId) || between.includes(creditAccountId));
}

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
    if (namesNoCustomer(transfer) || isUndoneBetweenBanks(transfer)) return refuse.not_reversible();
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
    // The other bank will pay it too: only what it returns can be given back.
    if (facts.isSent(operation.reversesTransferId)) return refuse.already_in_batch();
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
