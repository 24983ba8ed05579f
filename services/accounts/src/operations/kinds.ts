import {
  OPERATION_KINDS as KINDS,
  type OperationKind as Kind,
  OPERATION_FAMILIES,
  type OperationFamily,
  type OperationStatus as Status,
  type OperationStep as Step,
} from '@guichet/contract';

export {
  OPERATION_KINDS as KINDS,
  OPERATION_STATUSES as STATUSES,
  type OperationKind as Kind,
  type OperationStatus as Status,
  type OperationStep as Step,
} from '@guichet/contract';

const MOVING_NO_MONEY: ReadonlySet<Kind> = new Set([
  'open_account',
  'close_account',
  'renew_rib',
  'set_overdraft',
  'set_limits',
]);

/** Whether an operation of this kind is posted as a transfer. */
export function movesMoney(kind: Kind): boolean {
  return !MOVING_NO_MONEY.has(kind);
}

/**
 * The life of an operation, written down once. `approved` is the first approval of two. What is not in the table is refused as
 * not_pending; posted, rejected, cancelled and expired are final.
 */
export const TRANSITIONS: Readonly<Record<Status, Readonly<Partial<Record<Step, Status>>>>> = {
  pending: {
    approve_first: 'approved',
    approve: 'posted',
    reject: 'rejected',
    cancel: 'cancelled',
    expire: 'expired',
  },
  approved: { approve: 'posted', reject: 'rejected', cancel: 'cancelled', expire: 'expired' },
  posted: {},
  rejected: {},
  cancelled: {},
  expired: {},
};

/** Whether an operation still waits for somebody. */
export function isWaiting(status: Status): boolean {
  return Object.keys(TRANSITIONS[status]).length > 0;
}

/** What a filter by type takes: a kind, or a word of the first system. */
export const KIND_FILTERS = [...KINDS, ...(Object.keys(OPERATION_FAMILIES) as OperationFamily[])];

/** The kinds that a filter's word means. */
export function kindsMeant(word: Kind | OperationFamily): readonly Kind[] {
  return word in OPERATION_FAMILIES ? OPERATION_FAMILIES[word as OperationFamily] : [word as Kind];
}

/** The first word of the log's actions on a kind: TRANSFER_REQUESTED, CLOSURE_REJECTED. */
export const ACTION_WORD: Readonly<Record<Kind, string>> = {
  open_account: 'ACCOUNT',
  close_account: 'CLOSURE',
  renew_rib: 'RIB',
  deposit: 'DEPOSIT',
  withdrawal: 'WITHDRAWAL',
  internal_transfer: 'TRANSFER',
  external_transfer: 'TRANSFER',
  reversal: 'REVERSAL',
  set_overdraft: 'OVERDRAFT',
  set_limits: 'LIMITS',
};

const POSTED_ACTION: Readonly<Partial<Record<Kind, string>>> = {
  open_account: 'ACCOUNT_OPENED',
  renew_rib: 'RIB_RENEWED',
  close_account: 'ACCOUNT_CLOSED',
  set_overdraft: 'OVERDRAFT_CHANGED',
  set_limits: 'LIMITS_CHANGED',
};

/** The log's action for an operation that came to `status`. */
export function actionOf(kind: Kind, status: Status | 'requested'): string {
  if (status === 'posted') return POSTED_ACTION[kind] ?? `${ACTION_WORD[kind]}_POSTED`;
  return `${ACTION_WORD[kind]}_${status.toUpperCase()}`;
}
