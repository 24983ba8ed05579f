import type { InterestLineKind } from '@guichet/contract';
import type { OperationBody } from '@guichet/contract/accounts';
import { Problem, problems } from '@guichet/errors';
import { houseAccount } from '../../accounts/account.ts';
import { totalsOf } from '../../products/interest-run.ts';
import { amountOf } from '../operation.ts';
import { approvalsByAmount, refuseCredit, refuseDebit, refuseUnusable } from '../rules.ts';
import { actionsOf } from './actions.ts';
import type { MoneyKind, RunKind } from './kind.ts';

export interface InterestRunInput {
  kind: 'interest_run';
  month: string;
  currency: string;
}

/** Pays and takes the interest and fees of all accounts, each by an operation of its own once it's approved. */
export const interestRun: RunKind<InterestRunInput> = {
  title: 'Interest run',
  actions: actionsOf('INTEREST_RUN'),
  mail: 'operation_decided',
  requestedBy: 'agent',
  accountField: 'accountId',
  movesMoney: false,
  changes: 'run',
  leavesBank: false,
  read: ({ month, currency }: OperationBody<'interest_run'>) => ({ kind: 'interest_run', month, currency }),
  reads: ({ month, currency }) => ({ interest: [{ month, currency }] }),
  holdsOn: () => null,
  draft({ month, currency }, { plannedRun }) {
    const lines = plannedRun(month, currency);
    if (lines instanceof Problem) return lines;
    const { interestMinor, overdraftInterestMinor, feesMinor } = totalsOf(lines);
    return {
      amountMinor: interestMinor + overdraftInterestMinor + feesMinor,
      currency,
      reference: month,
      run: { month, lines },
    };
  },
  refuse: () => null,
  approvals: approvalsByAmount,
};

interface LineInput<Kind extends InterestLineKind> {
  kind: Kind;
}
export type InterestInput = LineInput<'interest'>;
export type OverdraftInterestInput = LineInput<'overdraft_interest'>;
export type FeeInput = LineInput<'fee'>;

const common = {
  mail: 'operation_decided',
  requestedBy: 'agent',
  movesMoney: true,
  takesHold: false,
  leavesBank: false,
  reads: () => ({}),
  holdsOn: () => null,
  // Only an interest run brings one.
  draft: () => problems.not_found(),
  approvals: approvalsByAmount,
} as const;

export const interest: MoneyKind<InterestInput> = {
  ...common,
  title: 'Interest',
  actions: { posted: 'INTEREST_POSTED' },
  accountField: 'accountId',
  read: () => ({ kind: 'interest' }),
  refuse({ accountId, currency, ...operation }, facts) {
    const account = facts.account(accountId);
    const amount = amountOf({ accountId, currency, ...operation });
    return refuseUnusable(account, currency) ?? refuseCredit(account, amount, facts.moment);
  },
  posting: ({ accountId, currency }) => ({
    debitAccountId: houseAccount.interest(currency),
    creditAccountId: accountId ?? '',
    shownToDebited: null,
    shownToCredited: null,
  }),
};

/** What an account owes, taken from it as far as it's covered. */
function chargeKind<Kind extends 'overdraft_interest' | 'fee'>(
  kind: Kind,
  described: Pick<MoneyKind<LineInput<Kind>>, 'title' | 'actions'>,
  house: (currency: string) => string,
): MoneyKind<LineInput<Kind>> {
  return {
    ...common,
    ...described,
    accountField: 'fromAccountId',
    read: () => ({ kind }),
    refuse(operation, facts) {
      const account = facts.account(operation.fromAccountId);
      // Nothing was held before it's posted.
      return refuseUnusable(account, operation.currency) ?? refuseDebit(account, operation, 'request');
    },
    posting: ({ fromAccountId, currency }) => ({
      debitAccountId: fromAccountId ?? '',
      creditAccountId: house(currency),
      shownToDebited: null,
      shownToCredited: null,
    }),
  };
}

export const overdraftInterest = chargeKind(
  'overdraft_interest',
  { title: 'Overdraft interest', actions: { posted: 'INTEREST_POSTED' } },
  houseAccount.interest,
);

export const fee = chargeKind(
  'fee',
  { title: 'Account fee', actions: { posted: 'FEE_POSTED' } },
  houseAccount.fees,
);
