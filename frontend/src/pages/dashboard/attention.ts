import type { Entry, Operation } from '@guichet/contract/accounts';
import { againHref, rejectionReason, reservesForRequester } from '../operations/rules.ts';

/** What waits for an agent and what was refused, on a member's home. */
export interface Attention {
  /** The requests that reserve money first, then those that an agent could not approve; then newest first. */
  waiting: WaitingRequest[];
  /** Whether more wait than are shown. */
  hasMoreWaiting: boolean;
  refused: RefusedRequest[];
  /** What is reserved beyond the member's own requests: an agent can ask for a correction. */
  otherReserved: Sum[];
}

type WaitingRequest = Operation & { reserves: boolean };
type RefusedRequest = Operation & { why: string | null; again: string | null };

export interface Sum {
  currency: string;
  amountMinor: number;
}

const WAITING_SHOWN = 5;
const REFUSED_SHOWN = 3;
/** A refusal is news for two weeks. */
const REFUSED_WITHIN_MS = 14 * 24 * 3_600_000;

/** `waiting` has all waiting requests if `isComplete`; `ended` has those that ended without being posted. */
export function attentionOf(
  known: { waiting: readonly Operation[]; isComplete: boolean; ended: readonly Operation[] },
  { held, entries }: { held: readonly Sum[]; entries: readonly Entry[] },
  now: Date,
): Attention {
  const waiting = known.waiting
    .map((operation) => ({ ...operation, reserves: reservesForRequester(operation) }))
    .toSorted((a, b) => rank(b) - rank(a) || b.created_at.localeCompare(a.created_at));
  const refused = known.ended
    .filter((operation) => isNews(operation, now) && !isTriedAgain(operation, known.waiting, entries))
    .toSorted((a, b) => endOf(b) - endOf(a))
    .slice(0, REFUSED_SHOWN)
    .map((operation) => ({ ...operation, why: rejectionReason(operation), again: againHref(operation) }));
  return {
    waiting: waiting.slice(0, WAITING_SHOWN),
    hasMoreWaiting: waiting.length > WAITING_SHOWN || !known.isComplete,
    refused,
    otherReserved: known.isComplete ? reservedBeyond(waiting, held) : [],
  };
}

function rank({ reserves, refusal }: WaitingRequest): number {
  return (refusal === null ? 0 : 2) + (reserves ? 1 : 0);
}

const endOf = ({ decided_at: decidedAt, created_at: createdAt }: Operation): number =>
  Date.parse(decidedAt ?? createdAt);

function isNews(operation: Operation, now: Date): boolean {
  return now.getTime() - endOf(operation) < REFUSED_WITHIN_MS;
}

/** Whether the member has requested the same since the refusal, and it is waiting or was posted. */
function isTriedAgain(refused: Operation, waiting: readonly Operation[], entries: readonly Entry[]): boolean {
  const isSame = (other: Operation): boolean =>
    other.type === refused.type &&
    other.amount === refused.amount &&
    other.currency === refused.currency &&
    other.to?.iban === refused.to?.iban &&
    other.to_account_id === refused.to_account_id;
  if (waiting.some((other) => Date.parse(other.created_at) > endOf(refused) && isSame(other))) return true;
  return entries.some(
    (entry) =>
      Date.parse(entry.posted_at) > endOf(refused) &&
      entry.type === refused.type &&
      Math.abs(entry.amount) === refused.amount &&
      entry.currency === refused.currency &&
      (refused.to === null || entry.counterparty?.iban === refused.to.iban),
  );
}

function reservedBeyond(waiting: readonly WaitingRequest[], held: readonly Sum[]): Sum[] {
  return held
    .map(({ currency, amountMinor }) => {
      const own = waiting.filter((operation) => operation.reserves && operation.currency === currency);
      return { currency, amountMinor: amountMinor - own.reduce((sum, { amount }) => sum + (amount ?? 0), 0) };
    })
    .filter(({ amountMinor }) => amountMinor > 0);
}
