import type { OperationBody } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { houseAccount } from '../../accounts/account.ts';
import { refuse } from '../../errors.ts';
import { comparePayee } from '../../payees/rules.ts';
import { type InvalidNumber, parsePayeeIban } from '../../ribs/read-payee-iban.ts';
import { amountOf } from '../operation.ts';
import { approvalsByAmount, refuseCredit, refuseDate, refusePayout, refuseUnusable } from '../rules.ts';
import { datedActionsOf } from './actions.ts';
import type { MoneyKind } from './kind.ts';
import { ownAccount, partyOf } from './parties.ts';

export interface ExternalTransferInput {
  kind: 'external_transfer';
  fromAccountId: string;
  /** Null if only the IBAN was given: looking up the holder's name would reveal it. */
  toName: string | null;
  toIban: string | InvalidNumber;
  amountMinor: bigint;
  reference: string | null;
  executeOn: string | null;
}

/** A transfer to an IBAN: of another member of this bank, or of another bank. */
export const externalTransfer: MoneyKind<ExternalTransferInput> = {
  title: 'External transfer',
  actions: datedActionsOf('TRANSFER'),
  mail: 'operation_decided',
  requestedBy: 'member',
  accountField: 'fromAccountId',
  movesMoney: true,
  takesHold: true,
  leavesBank: true,
  confirmed: ({ fromAccountId: accountId, toIban, amountMinor }) =>
    typeof toIban === 'string' ? { accountId, toIban, amountMinor } : null,
  read: (body: OperationBody<'external_transfer'>) => ({
    kind: 'external_transfer',
    fromAccountId: body.from_account_id,
    toName: body.to.name,
    toIban: parsePayeeIban(body.to),
    amountMinor: BigInt(body.amount),
    reference: body.reference ?? null,
    executeOn: body.execute_on ?? null,
  }),
  refuseInput: ({ toIban, executeOn }, today) =>
    refuseDate(executeOn, today) ?? (typeof toIban === 'string' ? null : refuse[toIban.refusal]()),
  reads: ({ toIban }) => (typeof toIban === 'string' ? { ibans: [toIban] } : {}),
  holdsOn: ({ fromAccountId }) => fromAccountId,
  draft(input, facts) {
    const { fromAccountId, toName, amountMinor, reference, executeOn } = input;
    const from = ownAccount(fromAccountId, facts);
    if (from === null) return problems.not_found();
    const toIban = input.toIban as string;
    const { currency } = from;
    const drafted = { fromAccountId, toName, toIban, amountMinor, reference, executeOn, currency };
    if (!facts.isOurIban(toIban)) return { ...drafted, payeeCheck: toName === null ? null : 'not_possible' };
    const payee = facts.payee(toIban);
    if (payee === undefined) return refuse.account_not_found();
    if (payee.retiredAt !== null) return refuse.retired_rib();
    if (payee.account.id === fromAccountId) return refuse.same_account();
    const payeeCheck = toName === null ? null : comparePayee(toName, payee.holder);
    return { ...drafted, toAccountId: payee.account.id, payeeCheck };
  },
  refuse(operation, facts) {
    const { currency, toAccountId } = operation;
    const from = facts.account(operation.fromAccountId);
    const payee = facts.account(toAccountId);
    const refusal =
      toAccountId === null
        ? null
        : (refuseUnusable(payee, currency) ??
          // The RIB may have been replaced since the request.
          (payee?.iban === operation.toIban ? null : refuse.retired_rib()));
    return (
      refusal ??
      refuseUnusable(from, currency) ??
      refusePayout(from, operation, facts) ??
      (toAccountId === null ? null : refuseCredit(payee, amountOf(operation), facts.moment))
    );
  },
  approvals: approvalsByAmount,
  posting: (operation, facts) => ({
    debitAccountId: operation.fromAccountId as string,
    creditAccountId: operation.toAccountId ?? houseAccount.clearing(operation.currency),
    // The payer sees the payee as they named them.
    shownToDebited: { name: operation.toName, iban: operation.toIban },
    shownToCredited: partyOf(operation.fromAccountId, facts),
  }),
};
