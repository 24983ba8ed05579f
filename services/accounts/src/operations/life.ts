import type { OperationStatus, OperationStep } from '@guichet/contract';

/**
 * The life of an operation. `approved` is the first approval of two. Steps that are not in the table are refused as not_pending; posted, rejected,
 * cancelled and expired are final.
 */
export const TRANSITIONS: Readonly<
  Record<OperationStatus, Readonly<Partial<Record<OperationStep, OperationStatus>>>>
> = {
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

/** Whether an operation still waits for a decision. */
export function isWaiting(status: OperationStatus): boolean {
  return Object.keys(TRANSITIONS[status]).length > 0;
}
