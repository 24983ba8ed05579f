import type { OperationStatus, OperationStep } from '@guichet/contract';

/** The status of an operation as stored. `scheduled`: it's approved and waits for its day; clients see `approved`. */
export type StoredStatus = OperationStatus | 'scheduled';

type Transitions = Readonly<Partial<Record<OperationStep, StoredStatus>>>;

const STOPPED = { reject: 'rejected', cancel: 'cancelled' } as const;
const UNDECIDED = { approve: 'posted', schedule: 'scheduled', ...STOPPED, expire: 'expired' } as const;

/**
 * The life of an operation. `approved` is the first approval of two. Steps that are not in the table are refused as not_pending; posted, rejected,
 * cancelled and expired are final.
 */
export const TRANSITIONS: Readonly<Record<StoredStatus, Transitions>> = {
  pending: { approve_first: 'approved', ...UNDECIDED },
  approved: UNDECIDED,
  scheduled: { execute: 'posted', fail: 'expired', ...STOPPED },
  posted: {},
  rejected: {},
  cancelled: {},
  expired: {},
};

export const STORED_STATUSES = Object.keys(TRANSITIONS) as StoredStatus[];

/** The statuses that are not final. */
export const OPEN_STATUSES = STORED_STATUSES.filter((status) => Object.keys(TRANSITIONS[status]).length > 0);

/** Whether an operation is not final. */
export function isOpen(status: StoredStatus): boolean {
  return OPEN_STATUSES.includes(status);
}

/** Whether an operation still waits for a decision by an agent. */
export function isWaiting(status: StoredStatus): boolean {
  return status === 'pending' || status === 'approved';
}

/** The status that clients see. */
export function shownStatus(status: StoredStatus): OperationStatus {
  return status === 'scheduled' ? 'approved' : status;
}

/** The statuses that are shown as this one. */
export function storedAs(shown: OperationStatus): StoredStatus[] {
  return STORED_STATUSES.filter((status) => shownStatus(status) === shown);
}
