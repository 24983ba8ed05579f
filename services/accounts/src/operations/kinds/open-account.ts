import type { AccountType } from '@guichet/contract';
import type { OperationBody } from '@guichet/contract/accounts';
import { refuse } from '../../errors.ts';
import { oneApproval } from '../rules.ts';
import { actionsOf } from './actions.ts';
import type { AccountKind } from './kind.ts';

export interface OpenAccountInput {
  kind: 'open_account';
  name: string;
  accountType: AccountType;
  /** Null: the one that every bank has for this type. */
  product: string | null;
  currency: string;
}

/** A new account; its row exists as `pending` from the request on. */
export const openAccount: AccountKind<OpenAccountInput> = {
  title: 'Account opening',
  actions: { ...actionsOf('ACCOUNT'), posted: 'ACCOUNT_OPENED' },
  mail: 'operation_decided',
  requestedBy: 'member',
  accountField: 'accountId',
  movesMoney: false,
  changes: 'account',
  leavesBank: false,
  givesIban: true,
  setsLimits: false,
  read: (body: OperationBody<'open_account'>) => ({
    kind: 'open_account',
    name: body.name,
    accountType: body.type,
    currency: body.currency,
    product: body.product ?? null,
  }),
  reads: ({ product }) => ({ products: product === null ? [] : [product] }),
  holdsOn: () => null,
  draft({ name, accountType, currency, product }, { requesterId, now, newId, productType }) {
    if (product !== null) {
      const type = productType(product);
      if (type === undefined) return refuse.product_not_found();
      if (type !== accountType) return refuse.product_type_mismatch();
    }
    const opens = {
      id: newId(),
      ownerId: requesterId,
      name,
      type: accountType,
      product: product ?? accountType,
      currency,
      status: 'pending' as const,
      iban: null,
      balanceMinor: 0n,
      heldMinor: 0n,
      overdraftMinor: 0n,
      limitOperationMinor: null,
      limitDayMinor: null,
      entryCount: 0n,
      createdAt: now,
      openedAt: null,
      closedAt: null,
    };
    return { accountId: opens.id, currency, opens };
  },
  refuse: ({ accountId }, facts) =>
    facts.account(accountId)?.status === 'pending' ? null : refuse.account_not_open(),
  approvals: oneApproval,
  change: (_operation, _account, now) => ({ fields: { status: 'open', openedAt: now } }),
  abandon: (step, now) =>
    step === 'reject' ? { status: 'rejected', closedAt: null } : { status: 'closed', closedAt: now },
};
