import type { OperationStatus } from '@guichet/contract';
import type { LogActionOf, LogActionOn } from '@guichet/contract/events';

/** The events in the life of an operation that are logged. Only one with a date is scheduled, and postponed if money is lacking on its day. */
export type OperationEvent = Exclude<OperationStatus, 'pending'> | 'requested' | 'scheduled' | 'postponed';

/** The events that some kinds never have. */
type RareEvent = Exclude<OperationEvent, 'posted'>;

type Action = LogActionOf<'accounts'> & LogActionOn<'operation'>;

/** The audit log's action of each event; a kind that cannot be requested, half approved, cancelled or dated has no action for that event. */
export type OperationActions = Readonly<
  Record<Exclude<OperationEvent, RareEvent>, Action> & Partial<Record<RareEvent, Action>>
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

/** The same for a kind whose requests may have a date. */
export function datedActionsOf<Word extends string>(word: Word) {
  return {
    ...actionsOf(word),
    scheduled: `${word}_SCHEDULED`,
    postponed: `${word}_POSTPONED`,
  } as const;
}

/** The same for a setting that an agent requests: one approval is enough, and it cannot be cancelled. */
export function settingActionsOf<Word extends string>(word: Word) {
  const { approved: _, cancelled: __, ...actions } = actionsOf(word);
  return { ...actions, posted: `${word}_CHANGED` } as const;
}
