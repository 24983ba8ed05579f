import { problems } from '@guichet/errors';
import { refuse } from '../../errors.ts';
import { oneApproval, refuseClosing } from '../rules.ts';
import { actionsOf } from './actions.ts';
import type { AccountKind } from './kind.ts';
import { ownAccount } from './parties.ts';

export interface CloseAccountInput {
  kind: 'close_account';
  accountId: string;
}

/** The closing of an empty account. */
export const closeAccount: AccountKind<CloseAccountInput> = {
  title: 'Account closing',
  actions: { ...actionsOf('CLOSURE'), posted: 'ACCOUNT_CLOSED' },
  mail: 'operation_decided',
  requestedBy: 'member',
  accountField: 'accountId',
  movesMoney: false,
  changes: 'account',
  leavesBank: false,
  givesIban: false,
  setsLimits: false,
  read: (body: { account_id: string }) => ({ kind: 'close_account', accountId: body.account_id }),
  reads: () => ({}),
  waitsAloneFor: ({ accountId }) => accountId,
  holdsOn: () => null,
  draft({ accountId }, facts) {
    const account = ownAccount(accountId, facts);
    return account === null ? problems.not_found() : { accountId, currency: account.currency };
  },
  refuse: ({ accountId }, facts) =>
    refuseClosing(facts.account(accountId)) ??
    (facts.isRequested(accountId) ? refuse.already_requested() : null),
  approvals: oneApproval,
  change: (_operation, _account, now) => ({ fields: { status: 'closed', closedAt: now } }),
};
