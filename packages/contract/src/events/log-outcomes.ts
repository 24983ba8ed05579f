import { LOG_ACTIONS, type LogAction } from './log-actions.ts';

/** How an operation ends. */
export const LOG_OUTCOMES = ['posted', 'rejected', 'cancelled', 'expired'] as const;
export type LogOutcome = (typeof LOG_OUTCOMES)[number];

/** The last words of the actions that end an operation. */
const OUTCOME_OF_LAST_WORD: Readonly<Record<string, LogOutcome>> = {
  POSTED: 'posted',
  OPENED: 'posted',
  RENEWED: 'posted',
  ACTIVATED: 'posted',
  RECEIVED: 'posted',
  CLOSED: 'posted',
  CHANGED: 'posted',
  REJECTED: 'rejected',
  CANCELLED: 'cancelled',
  EXPIRED: 'expired',
};

const ABOUT_OPERATIONS = (Object.keys(LOG_ACTIONS) as LogAction[]).filter((action) =>
  (LOG_ACTIONS[action].subjects as readonly unknown[]).includes('operation'),
);

const OUTCOMES: ReadonlyMap<string, LogOutcome> = new Map(
  ABOUT_OPERATIONS.flatMap((action) => {
    const outcome = OUTCOME_OF_LAST_WORD[lastWordOf(action)];
    return outcome === undefined ? [] : [[action, outcome] as const];
  }),
);

/** How the operation of an action ended; null if it did not end with it, or if the action is about no operation. */
export function logOutcomeOf(action: string): LogOutcome | null {
  return OUTCOMES.get(action) ?? null;
}

/** The actions that end an operation in this way. */
export function actionsOfOutcome(outcome: LogOutcome): readonly string[] {
  return [...OUTCOMES].filter(([, one]) => one === outcome).map(([action]) => action);
}

/** The actions that are decisions if an agent did them: an approval, which may be the first of two or of a transfer with a date, or a rejection. */
export const DECISION_ACTIONS: readonly string[] = ABOUT_OPERATIONS.filter((action) => {
  const outcome = logOutcomeOf(action);
  const isApproval = ['APPROVED', 'SCHEDULED'].includes(lastWordOf(action));
  return outcome === 'posted' || outcome === 'rejected' || isApproval;
});

function lastWordOf(action: string): string {
  return action.slice(action.lastIndexOf('_') + 1);
}
