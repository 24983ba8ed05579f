/** The kinds of operation that the customers request. */
export type Kind = 'deposit' | 'withdrawal' | 'internal_transfer' | 'external_transfer';
export type Decision = 'posted' | 'rejected';

/** An operation as its clients know it: nothing here is read from the bank except its replies. */
export interface KnownOperation {
  /** Unique, in the operation itself: it finds what one request left behind. */
  reference: string;
  kind: Kind;
  /** The gain of each account, in minor units, once it's posted. */
  effects: Readonly<Record<string, number>>;
  /** The fault during which it was requested, by its place in the run. */
  phase: number;
  /** Null until the request is acknowledged. */
  id: string | null;
  /** Null until the decision is acknowledged. */
  decision: Decision | null;
}

const LOG_WORDS: Readonly<Record<Kind, string>> = {
  deposit: 'DEPOSIT',
  withdrawal: 'WITHDRAWAL',
  internal_transfer: 'TRANSFER',
  external_transfer: 'TRANSFER',
};

/** The actions of the audit log that an operation should have left, once each. */
export function loggedActions({ kind, id, decision }: KnownOperation): string[] {
  const word = LOG_WORDS[kind];
  return [
    ...(id === null ? [] : [`${word}_REQUESTED`]),
    ...(decision === null ? [] : [`${word}_${decision.toUpperCase()}`]),
  ];
}

/** Every action by which a request or decision of these kinds is logged. */
export const LOGGED_ACTIONS = [...new Set(Object.values(LOG_WORDS))].flatMap((word) =>
  ['REQUESTED', 'POSTED', 'REJECTED'].map((what) => `${word}_${what}`),
);
