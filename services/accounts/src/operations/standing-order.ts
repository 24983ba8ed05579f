import { type OrderDates, orderDate } from '@guichet/calendar';
import type { PaymentResult, StandingOrderStatus } from '@guichet/contract';
import { isOpen, type StoredStatus } from './life.ts';

/** A standing order. What it pays, and from which account to which, is in the operation that requested it, which has the same id. */
export interface StandingOrder extends OrderDates {
  id: string;
  ownerId: string;
  accountId: string;
  /** The standing order that ends when this one begins. */
  replacesId: string | null;
  state: OrderState;
  /** The number of dates that have passed. */
  nextNumber: number;
  /** The next date, as `2026-10-31`; null after the last. */
  nextOn: string | null;
  /** The payment of the last date that has passed. */
  lastOperationId: string | null;
  /** The code of the refusal for which it's suspended. */
  refusal: string | null;
}

/** `requested`: no agent has approved it, yet or ever. */
export const ORDER_STATES = ['requested', 'active', 'paused', 'suspended', 'ended'] as const;
type OrderState = (typeof ORDER_STATES)[number];

/** The status that clients see. @param requestedAs the status of the operation that requests it */
export function statusOf({ state }: StandingOrder, requestedAs: StoredStatus): StandingOrderStatus {
  if (state !== 'requested') return state;
  return isOpen(requestedAs) ? 'pending' : 'rejected';
}

/**
 * Begins at its first date, however long the decision took. If the one that it replaces has paid since, it begins after that date, so that none is
 * paid twice, and has ended if no date is left.
 */
export function activate(order: StandingOrder, paidOn: string | null): void {
  let number = 0;
  while (paidOn !== null && orderDate(order, number) <= paidOn) number += 1;
  moveTo(order, number);
  order.state = order.nextOn === null ? 'ended' : 'active';
}

/** Moves to the date with that number, or after the last one. */
export function moveTo(order: StandingOrder, number: number): void {
  const date = orderDate(order, number);
  order.nextNumber = number;
  order.nextOn = order.lastOn !== null && date > order.lastOn ? null : date;
}

/** A payment as its standing order sees it. */
export interface PaymentState {
  status: StoredStatus;
  /** The days on which it was tried and money was lacking; null once it no longer waits. */
  attempts: number | null;
}

/** What became of a payment; null if it still is to be made. */
export function resultOf({ status, attempts }: PaymentState): PaymentResult | null {
  if (status === 'posted') return 'posted';
  if (status === 'expired') return 'skipped';
  if (!isOpen(status)) return 'stopped';
  return (attempts ?? 0) > 0 ? 'postponed' : null;
}
