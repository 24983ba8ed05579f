import { orderDates, orderNumberFrom } from '@guichet/calendar';
import type { StandingOrder as OrderShown } from '@guichet/contract/accounts';
import type { Actor } from '@guichet/contract/events';
import { queryOnce, type Transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import { readAccounts } from '../accounts/store.ts';
import type { CommandQueue } from '../command-queue.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { once } from '../idempotency/once.ts';
import type { Idempotency, Outcome } from '../idempotency/outcome.ts';
import { refusePayments } from '../operations/kinds/standing-order.ts';
import type { Operation } from '../operations/operation.ts';
import { type OrderHappening, orderTold } from '../operations/order-events.ts';
import { lockOrders, writeOrders } from '../operations/order-store.ts';
import { moveTo, type StandingOrder } from '../operations/standing-order.ts';
import { readOperations } from '../operations/store.ts';
import { requireActive } from '../people/require-active.ts';
import { viewOrders } from './views.ts';

/** The changes that a customer makes without an agent. What is paid, and to whom, changes only by a new request. */
export type OrderChange = 'pause' | 'resume' | 'end';

interface WantedChange {
  id: string;
  change: OrderChange;
  by: Actor;
  correlationId: string;
}

export interface ChangedOrder {
  order: StandingOrder;
  /** For its customer. */
  shown: OrderShown;
}

/**
 * Pauses, resumes or ends a customer's own standing order; one that already is as wanted stays so. A payment that is still tried is then cancelled,
 * unless the order goes on.
 * @returns the standing order; not_found, order_not_active, or for resuming the reason why no payment could be made
 */
export async function changeOrder(
  deps: Deps,
  queue: CommandQueue,
  wanted: WantedChange,
  idempotency: Idempotency<ChangedOrder> | null,
): Promise<Outcome<ChangedOrder>> {
  const outcome = await once(deps, idempotency, (trx) => changeIn(trx, deps, wanted));
  deps.committed();
  if ('refusal' in outcome || 'rendered' in outcome) return outcome;
  const { by, correlationId } = wanted;
  const cancel = { action: 'cancel', by, reason: null, correlationId, idempotency: null } as const;
  // If this doesn't happen, the payment is cancelled on the day of its next attempt. One that has ended refuses it.
  const operationId = toCancel(outcome.order);
  if (operationId === null) return outcome;
  const cancelled = await queue.decide({ operationId, ...cancel });
  if (!('refusal' in cancelled) || outcome.order.state !== 'requested') return outcome;
  // An agent may have approved the request meanwhile: then it has begun, and ends like any other.
  const again = await once<ChangedOrder>(deps, null, (trx) => changeIn(trx, deps, wanted));
  deps.committed();
  return again;
}

/** The operation that a change of its order cancels: the request if no agent has approved it, or the last payment. */
function toCancel({ id, state, lastOperationId }: StandingOrder): string | null {
  if (state === 'requested') return id;
  return state === 'active' ? null : lastOperationId;
}

async function changeIn(trx: Transaction, deps: Deps, wanted: WantedChange): Promise<ChangedOrder> {
  const { id, by, change } = wanted;
  await requireActive(trx, by);
  const order = (await queryOnce(trx, lockOrders([id]))).get(id);
  if (order === undefined || order.ownerId !== by.id) throw problems.not_found();
  const about = (await queryOnce(trx, readOperations([id]))).get(id) as Operation;
  const event = await EVENTS[change](order, about, trx, deps);
  if (event !== null) await keep(trx, deps, wanted, { order, event, about });
  const [shown] = await viewOrders(trx, [order], 'requester');
  return { order, shown: shown as OrderShown };
}

async function keep(
  trx: Transaction,
  deps: Deps,
  { by, correlationId }: WantedChange,
  happening: OrderHappening,
): Promise<void> {
  const { order } = happening;
  await queryOnce(trx, writeOrders([order]));
  const accounts = await queryOnce(trx, readAccounts([order.accountId]));
  const accountOf = (account: string | null) => accounts.get(account ?? '');
  const now = deps.clock();
  await enqueue(trx, orderTold({ ...happening, actor: by, accountOf, correlationId, now }));
}

type Change = (
  order: StandingOrder,
  request: Operation,
  trx: Transaction,
  deps: Deps,
) => Promise<'paused' | 'resumed' | 'ended' | null>;

/** Each change in memory. @returns what happened; null if nothing changes */
const EVENTS: Readonly<Record<OrderChange, Change>> = {
  async pause(order) {
    if (order.state === 'paused') return null;
    if (order.state !== 'active') throw refuse.order_not_active();
    order.state = 'paused';
    return 'paused';
  },

  /** The dates that have passed meanwhile are not made up for. */
  async resume(order, request, trx, { clock, rules }) {
    if (order.state === 'active') return null;
    if (order.state !== 'paused' && order.state !== 'suspended') throw refuse.order_not_active();
    const unpayable = await refuseResuming(request, trx);
    if (unpayable !== null) throw unpayable;
    const tomorrow = orderDates(rules.calendar.dateOf(clock())).first;
    moveTo(order, Math.max(order.nextNumber, orderNumberFrom(order, tomorrow)));
    order.refusal = null;
    order.state = order.nextOn === null ? 'ended' : 'active';
    return order.state === 'ended' ? 'ended' : 'resumed';
  },

  async end(order) {
    if (order.state === 'ended' || order.state === 'requested') return null;
    order.state = 'ended';
    order.refusal = null;
    return 'ended';
  },
};

async function refuseResuming(request: Operation, trx: Transaction) {
  const { fromAccountId, toAccountId } = request;
  const accounts = await queryOnce(
    trx,
    readAccounts([fromAccountId, toAccountId].filter((id) => id !== null)),
  );
  return refusePayments(request, {
    moment: 'scheduling',
    account: (id) => accounts.get(id ?? ''),
    order: () => undefined,
    isReversed: () => false,
    isSent: () => false,
    isRequested: () => false,
    payout: null,
  });
}
