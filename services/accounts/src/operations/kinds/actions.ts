import type { OperationStatus } from '@guichet/contract';

/** What happens in the life of an operation, and is logged. */
export type OperationEvent = Exclude<OperationStatus, 'pending'> | 'requested';

export type OperationActions = Readonly<Record<OperationEvent, string>>;

/** The audit log's actions of a kind, by the word with which they begin: TRANSFER_REQUESTED, TRANSFER_POSTED. */
export function actionsOf<Word extends string>(word: Word) {
  return {
    requested: `${word}_REQUESTED`,
    approved: `${word}_APPROVED`,
    posted: `${word}_POSTED`,
    rejected: `${word}_REJECTED`,
    cancelled: `${word}_CANCELLED`,
    expired: `${word}_EXPIRED`,
  } as const;
}
