import type { OperationBody } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import type { Limits, Operation } from '../operation.ts';
import { limitsNeedSecondAgent, oneApproval, refuseUnusable } from '../rules.ts';
import { viewLimits } from '../view-limits.ts';
import { settingActionsOf } from './actions.ts';
import type { AccountKind } from './kind.ts';

export interface SetLimitsInput {
  kind: 'set_limits';
  accountId: string;
  limits: Limits;
}

const minor = (amount: number | null) => (amount === null ? null : BigInt(amount));
const limitsIn = ({ limits }: Operation): Limits => limits ?? { operationMinor: null, dayMinor: null };

/** Limits on what leaves an account; null means the bank's limit. */
export const setLimits: AccountKind<SetLimitsInput> = {
  title: 'Limits',
  actions: settingActionsOf('LIMITS'),
  mail: 'operation_decided',
  requestedBy: 'agent',
  accountField: 'accountId',
  movesMoney: false,
  changes: 'account',
  leavesBank: false,
  givesIban: false,
  setsLimits: true,
  read: (body: OperationBody<'set_limits'> & { account_id: string }) => ({
    kind: 'set_limits',
    accountId: body.account_id,
    limits: { operationMinor: minor(body.operation), dayMinor: minor(body.day) },
  }),
  reads: ({ accountId }) => ({ accounts: [accountId] }),
  holdsOn: () => null,
  draft({ accountId, limits }, facts) {
    const account = facts.account(accountId);
    return account === undefined ? problems.not_found() : { accountId, limits, currency: account.currency };
  },
  refuse: ({ accountId, currency }, facts) => refuseUnusable(facts.account(accountId), currency),
  approvals: oneApproval,
  change(operation, account) {
    const { operationMinor, dayMinor } = limitsIn(operation);
    const before = { operationMinor: account.limitOperationMinor, dayMinor: account.limitDayMinor };
    return {
      fields: { limitOperationMinor: operationMinor, limitDayMinor: dayMinor },
      logged: { from: viewLimits(before), to: viewLimits({ operationMinor, dayMinor }) },
    };
  },
  direct: {
    needsSecondAgent: (operation, account, rules) => {
      const banks = { operationMinor: rules.limitOperationMinor, dayMinor: rules.limitDayMinor };
      return limitsNeedSecondAgent(account, limitsIn(operation), banks, rules.secondAgentAboveMinor);
    },
    action: 'LIMITS_CHANGED',
    sentence: 'The limits of an account were changed',
  },
};
