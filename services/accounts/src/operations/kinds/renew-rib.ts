import { problems } from '@guichet/errors';
import { refuse } from '../../errors.ts';
import { oneApproval, refuseUnusable } from '../rules.ts';
import { actionsOf } from './actions.ts';
import type { AccountKind } from './kind.ts';
import { ownAccount } from './parties.ts';

export interface RenewRibInput {
  kind: 'renew_rib';
  accountId: string;
}

/** A new RIB for an account; the old one is retired forever. */
export const renewRib: AccountKind<RenewRibInput> = {
  title: 'RIB renewal',
  actions: { ...actionsOf('RIB'), posted: 'RIB_RENEWED' },
  mail: 'operation_decided',
  requestedBy: 'member',
  accountField: 'accountId',
  movesMoney: false,
  changes: 'account',
  leavesBank: false,
  givesIban: true,
  setsLimits: false,
  read: (body: { account_id: string }) => ({ kind: 'renew_rib', accountId: body.account_id }),
  reads: () => ({}),
  waitsAloneFor: ({ accountId }) => accountId,
  holdsOn: () => null,
  draft({ accountId }, facts) {
    const account = ownAccount(accountId, facts);
    return account === null ? problems.not_found() : { accountId, currency: account.currency };
  },
  refuse: ({ accountId, currency }, facts) =>
    refuseUnusable(facts.account(accountId), currency) ??
    (facts.isRequested(accountId) ? refuse.already_requested() : null),
  approvals: oneApproval,
  change: () => ({ fields: {} }),
};
