import type { OperationStatus } from '@guichet/contract';
import type { LogActionOf, LogActionOn } from '@guichet/contract/events';

/** The events in the life of an operation that are logged. */
export type OperationEvent = Exclude<OperationStatus, 'pending'> | 'requested';

type Action = LogActionOf<'accounts'> & LogActionOn<'operation'>;

/** The audit log's action of each event; a kind that cannot be half approved or cancelled has no action for that event. */
export type OperationActions = Readonly<
  Record<Exclude<OperationEvent, 'approved' | 'cancelled'>, Action> &
    Partial<Record<'approved' | 'cancelled', Action>>
>;

/** The audit log's actions of a kind, from their first word: TRANSFER_REQUESTED, TRANSFER_POSTED. */
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

/** The same for a setting that an agent requests: one approval is enough, and it cannot be cancelled. */
export function settingActionsOf<Word extends string>(word: Word) {
  const { approved: _, cancelled: __, ...actions } = actionsOf(word);
  return { ...actions, posted: `${word}_CHANGED` } as const;
}
