import type { OperationBody } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { toJsonMinor } from '@guichet/money';
import { amountOf } from '../operation.ts';
import { oneApproval, overdraftNeedsSecondAgent, refuseOverdraft } from '../rules.ts';
import { settingActionsOf } from './actions.ts';
import type { AccountKind } from './kind.ts';

export interface SetOverdraftInput {
  kind: 'set_overdraft';
  accountId: string;
  amountMinor: bigint;
}

/** How far an account may go below zero. */
export const setOverdraft: AccountKind<SetOverdraftInput> = {
  title: 'Overdraft',
  actions: settingActionsOf('OVERDRAFT'),
  mail: 'operation_decided',
  requestedBy: 'agent',
  accountField: 'accountId',
  movesMoney: false,
  changes: 'account',
  leavesBank: false,
  givesIban: false,
  setsLimits: false,
  read: (body: OperationBody<'set_overdraft'> & { account_id: string }) => ({
    kind: 'set_overdraft',
    accountId: body.account_id,
    amountMinor: BigInt(body.amount),
  }),
  reads: ({ accountId }) => ({ accounts: [accountId] }),
  holdsOn: () => null,
  draft({ accountId, amountMinor }, facts) {
    const account = facts.account(accountId);
    if (account === undefined) return problems.not_found();
    return { accountId, amountMinor, currency: account.currency };
  },
  refuse: (operation, facts) => refuseOverdraft(facts.account(operation.accountId), amountOf(operation)),
  approvals: oneApproval,
  change: (operation, account) => ({
    fields: { overdraftMinor: amountOf(operation) },
    logged: { from: toJsonMinor(account.overdraftMinor), to: toJsonMinor(amountOf(operation)) },
  }),
  direct: {
    needsSecondAgent: (operation, account, { secondAgentAboveMinor }) =>
      overdraftNeedsSecondAgent(account, amountOf(operation), secondAgentAboveMinor),
    action: 'OVERDRAFT_CHANGED',
    sentence: 'The overdraft of an account was changed',
  },
};
