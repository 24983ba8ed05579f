import type { OperationBody } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { houseAccount } from '../../accounts/account.ts';
import { refuse } from '../../errors.ts';
import { paymentFields, type ReceivedItem } from '../../payment-files/received-file.ts';
import { amountOf } from '../operation.ts';
import { approvalsByAmount, refuseCredit, refuseUnusable } from '../rules.ts';
import { actionsOf } from './actions.ts';
import type { MoneyKind, RequestFacts } from './kind.ts';

export interface SuspenseAssignmentInput {
  kind: 'suspense_assignment';
  itemId: string;
  accountId: string;
}

export interface SuspenseReturnInput {
  kind: 'suspense_return';
  itemId: string;
  reason: string;
}

/** Where the money of a payment lies: that of one whose credit was reversed went back to clearing. */
export function placeOf({ reason, currency }: Pick<ReceivedItem, 'reason' | 'currency'>): string {
  return reason === 'reversed' ? houseAccount.clearing(currency) : houseAccount.suspense(currency);
}

/** The fields of an operation about a payment in suspense, or the refusal. */
function draftFrom(itemId: string, facts: RequestFacts) {
  const item = facts.item(itemId);
  if (item === undefined) return problems.not_found();
  if (item.status !== 'suspense') return refuse.not_in_suspense();
  if (item.resolutionId !== null) return refuse.already_requested();
  return { ...paymentFields(item), currency: item.currency, resolves: itemId };
}

const common = {
  mail: 'operation_decided',
  requestedBy: 'agent',
  accountField: 'accountId',
  movesMoney: true,
  takesHold: false,
  leavesBank: false,
  namesPayer: true,
  holdsOn: () => null,
  approvals: approvalsByAmount,
} as const;

/** Credits an account with a payment that waits in suspense. */
export const suspenseAssignment: MoneyKind<SuspenseAssignmentInput> = {
  ...common,
  title: 'Assignment of a payment in suspense',
  actions: actionsOf('SUSPENSE_ASSIGNMENT'),
  read: (body: OperationBody<'suspense_assignment'> & { item_id: string }) => ({
    kind: 'suspense_assignment',
    itemId: body.item_id,
    accountId: body.account_id,
  }),
  reads: ({ itemId, accountId }) => ({ accounts: [accountId], items: [itemId] }),
  draft: ({ itemId, accountId }, facts) =>
    facts.account(accountId) === undefined
      ? refuse.account_not_found()
      : withFields(draftFrom(itemId, facts), { accountId }),
  refuse(operation, facts) {
    const account = facts.account(operation.accountId);
    return (
      refuseUnusable(account, operation.currency) ?? refuseCredit(account, amountOf(operation), facts.moment)
    );
  },
  posting: ({ id, accountId, toName, toIban }, facts) => ({
    debitAccountId: facts.resolvedFrom(id),
    creditAccountId: accountId as string,
    shownToDebited: null,
    shownToCredited: { name: toName, iban: toIban },
  }),
};

/** Sends a payment that waits in suspense back to the bank that it came from. */
export const suspenseReturn: MoneyKind<SuspenseReturnInput> = {
  ...common,
  title: 'Return of a payment in suspense',
  actions: actionsOf('SUSPENSE_RETURN'),
  read: (body: OperationBody<'suspense_return'> & { item_id: string }) => ({
    kind: 'suspense_return',
    itemId: body.item_id,
    reason: body.reason,
  }),
  reads: ({ itemId }) => ({ items: [itemId] }),
  draft: ({ itemId, reason }, facts) => withFields(draftFrom(itemId, facts), { reason }),
  refuse: () => null,
  posting: ({ id, currency }, facts) => ({
    debitAccountId: facts.resolvedFrom(id),
    creditAccountId: houseAccount.settlement(currency),
    shownToDebited: null,
    shownToCredited: null,
  }),
};

function withFields<More extends object>(drafted: ReturnType<typeof draftFrom>, more: More) {
  return 'resolves' in drafted ? { ...drafted, ...more } : drafted;
}
