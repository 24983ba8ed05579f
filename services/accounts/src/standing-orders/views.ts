import { executionDay, orderDatesFrom } from '@guichet/calendar';
import type { StandingOrder as OrderShown } from '@guichet/contract/accounts';
import { queryOnce, type Readable, type Transaction } from '@guichet/database';
import { toJsonMinor } from '@guichet/money';
import { describeRefusal } from '../errors.ts';
import { amountOf, type Operation } from '../operations/operation.ts';
import { findPaymentStates } from '../operations/order-store.ts';
import { type PaymentState, resultOf, type StandingOrder, statusOf } from '../operations/standing-order.ts';
import { readOperations } from '../operations/store.ts';
import { type Viewer, viewTerms } from '../operations/views.ts';

const DATES_SHOWN = 5;

/** Standing orders with what they pay and what became of their last payments, in two queries for all of them. */
export async function viewOrders(
  db: Readable | Transaction,
  orders: readonly StandingOrder[],
  viewer: Viewer,
): Promise<OrderShown[]> {
  const [requests, payments] = await Promise.all([
    queryOnce(db, readOperations(orders.map(({ id }) => id))),
    queryOnce(db, findPaymentStates(orders.flatMap(({ lastOperationId }) => lastOperationId ?? []))),
  ]);
  return orders.map((order) =>
    viewOrder(order, requests.get(order.id) as Operation, payments.get(order.lastOperationId ?? ''), viewer),
  );
}

function viewOrder(
  order: StandingOrder,
  request: Operation,
  lastPayment: PaymentState | undefined,
  viewer: Viewer,
): OrderShown {
  const status = statusOf(order, request.status);
  const dates = nextDates(order, status);
  const leaves = request.toIban !== null && request.toAccountId === null;
  return {
    id: order.id,
    status,
    ...viewTerms(order),
    from_account_id: order.accountId,
    // As in operations, a payee given by IBAN is never shown by the account.
    to_account_id: request.toIban === null ? request.toAccountId : null,
    to: request.toIban === null ? null : { name: request.toName, iban: request.toIban },
    payee_check: viewer === 'agent' || request.isPayeeCheckShown ? request.payeeCheck : null,
    amount: toJsonMinor(amountOf(request)),
    currency: request.currency,
    reference: request.reference,
    requester: { id: request.requesterId, username: request.requesterUsername },
    next_dates: dates,
    next_execution_dates: dates.map((date) => executionDay(date, leaves)),
    last_result: lastPayment === undefined ? null : resultOf(lastPayment),
    last_operation_id: order.lastOperationId,
    refusal: describeRefusal(order.refusal),
    created_at: request.createdAt.toISOString(),
  };
}

function nextDates(order: StandingOrder, status: OrderShown['status']): string[] {
  if (status === 'pending') return orderDatesFrom(order, 0, DATES_SHOWN);
  return status === 'active' ? orderDatesFrom(order, order.nextNumber, DATES_SHOWN) : [];
}
