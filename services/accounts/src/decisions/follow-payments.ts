import { refuse } from '../errors.ts';
import { isOpen } from '../operations/life.ts';
import type { Operation } from '../operations/operation.ts';
import type { OrderHappening } from '../operations/order-events.ts';
import { activate, type StandingOrder } from '../operations/standing-order.ts';
import type { BatchState } from './batch-state.ts';

/** The refusals that no later payment can overcome. */
const LASTING_REFUSALS: readonly string[] = [
  refuse.account_not_open.code,
  refuse.retired_rib.code,
  refuse.currency_mismatch.code,
];

// What decisions on operations change in standing orders; in memory, with the changes in `state`.

/** Begins the standing order that an operation requested, in the place of another one if it names one. */
export function beginOrder(operation: Operation, state: BatchState): void {
  const order = state.orders.get(operation.id);
  if (order === undefined) throw new Error(`operation ${operation.id} has no standing order`);
  const replaced = state.orders.get(order.replacesId ?? '');
  activate(order, paidOn(replaced, state));
  state.changedOrders.add(order);
  if (order.state === 'ended') happened({ order, event: 'ended', about: operation }, operation, state);
  if (replaced === undefined) return;
  replaced.state = 'ended';
  replaced.refusal = null;
  const about = state.replaced.get(replaced.id) ?? operation;
  happened({ order: replaced, event: 'ended', about }, operation, state);
}

/** The date of the last payment of a standing order, if it was made. One that is still tried is cancelled with its order. */
function paidOn(order: StandingOrder | undefined, { operations, lastPayments }: BatchState): string | null {
  const id = order?.lastOperationId ?? '';
  const payment = operations.get(id) ?? lastPayments.get(id);
  return payment?.status === 'posted' ? payment.executeOn : null;
}

/**
 * Whether a payment must not be made any more, because its standing order was paused, suspended or ended after its date. That of a customer who is no
 * longer active is suspended now, because an agent who deactivates a customer relies on it.
 */
export function isStopped(operation: Operation, state: BatchState): boolean {
  const order = state.orders.get(state.orderOfPayment.get(operation.id) ?? '');
  if (order === undefined) return false;
  if (order.state === 'active' && !state.activeCustomers.has(order.ownerId)) {
    operation.refusal = refuse.customer_not_active.code;
    suspend(order, operation, state);
  }
  return order.state !== 'active';
}

function suspend(order: StandingOrder, payment: Operation, state: BatchState): void {
  order.state = 'suspended';
  order.refusal = payment.refusal;
  happened({ order, event: 'suspended', about: { ...payment } }, payment, state);
}

/** Follows the end of a payment: its standing order goes on, ends after its last date, or is suspended. */
export function paymentEnded(operation: Operation, state: BatchState): void {
  const order = state.orders.get(state.orderOfPayment.get(operation.id) ?? '');
  if (order === undefined || order.state !== 'active') return;
  const { status, refusal } = operation;
  if (isOpen(status)) throw new Error(`payment ${operation.id} has not ended`);
  if (status === 'expired' && refusal !== null && LASTING_REFUSALS.includes(refusal)) {
    suspend(order, operation, state);
    return;
  }
  if (status === 'expired') happened({ order, event: 'skipped', about: operation }, operation, state);
  // An earlier payment may still be tried after the last date has come.
  if (order.nextOn !== null || order.lastOperationId !== operation.id) return;
  order.state = 'ended';
  happened({ order, event: 'ended', about: operation }, operation, state);
}

function happened(happening: OrderHappening, operation: Operation, state: BatchState): void {
  if (happening.event !== 'skipped') state.changedOrders.add(happening.order);
  state.orderEvents.set(operation, [...(state.orderEvents.get(operation) ?? []), happening]);
}
