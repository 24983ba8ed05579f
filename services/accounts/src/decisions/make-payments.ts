import { executionDay } from '@guichet/calendar';
import { newId, transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import { enqueueAll } from '@guichet/outbox';
import { type AccountWithOwner, readAccounts } from '../accounts/store.ts';
import type { Deps } from '../deps.ts';
import { lastDueDay, leavesForAnotherBank } from '../operations/dates.ts';
import { type DueOperation, writeDueOperations } from '../operations/due-store.ts';
import { operationLogged } from '../operations/events.ts';
import type { Operation } from '../operations/operation.ts';
import { insertPayments, lockDueOrders, type Payment, writeOrders } from '../operations/order-store.ts';
import { moveTo, type StandingOrder } from '../operations/standing-order.ts';
import { insertOperations, readOperations } from '../operations/store.ts';

const PAGE = 100;

/**
 * Makes a payment for every date of a standing order whose morning has come: an operation that needs no decision, and is executed like a transfer with
 * a date. The payment and the move of its order to the next date are one transaction, so that each date has exactly one payment, over all replicas
 * and crashes. @returns how many payments it made
 */
export async function makePayments(deps: Deps, signal?: AbortSignal): Promise<number> {
  let made = 0;
  for (let last = PAGE; last > 0 && signal?.aborted !== true; made += last) last = await makePage(deps);
  if (made > 0) deps.committed();
  return made;
}

function makePage(deps: Deps): Promise<number> {
  return transaction(deps.db, async (trx) => {
    const [orders] = await trx.query(lockDueOrders(lastDueDay(deps), PAGE));
    const [requests, accounts] = await trx.query(
      readOperations(orders.map(({ id }) => id)),
      readAccounts(orders.map(({ accountId }) => accountId)),
    );
    const made = orders.map((order) =>
      makePayment(deps, order, requests.get(order.id) as Operation, accounts),
    );
    await trx.commit(
      insertOperations(made.map(({ operation }) => operation)),
      insertPayments(made.map(({ payment }) => payment)),
      writeDueOperations(made.map(({ due }) => due)),
      writeOrders(orders),
      enqueueAll(made.map(({ logged }) => logged)),
    );
    return made.length;
  });
}

/** The payment of an order's next date, as an operation that was approved with the order; moves the order on. */
function makePayment(
  { clock, rules }: Deps,
  order: StandingOrder,
  request: Operation,
  accounts: ReadonlyMap<string, AccountWithOwner>,
): { operation: Operation; payment: Payment; due: DueOperation; logged: OutboxMessage } {
  const now = clock();
  const today = rules.calendar.dateOf(now);
  const date = order.nextOn as string;
  const operation: Operation = {
    ...request,
    id: newId(now),
    kind: request.toIban === null ? 'internal_transfer' : 'external_transfer',
    status: 'scheduled',
    executeOn: date,
    requiredApprovals: 0,
    approvedBy: null,
    refusal: null,
    correlationId: null,
    createdAt: now,
    decidedAt: null,
  };
  const dueOn = executionDay(date < today ? today : date, leavesForAnotherBank(operation));
  const payment = { standingOrderId: order.id, number: order.nextNumber, operationId: operation.id };
  order.lastOperationId = operation.id;
  moveTo(order, order.nextNumber + 1);
  const logged = operationLogged({
    operation,
    event: 'scheduled',
    actor: null,
    concerns: [order.ownerId],
    accountOf: (id) => accounts.get(id ?? ''),
    correlationId: null,
    standingOrderId: order.id,
    dueOn,
    now,
  });
  return { operation, payment, due: { operationId: operation.id, dueOn, attempts: 0 }, logged };
}
