import { EXECUTION_REFUSALS } from '@guichet/contract';
import { type Actor, plain, sentence } from '@guichet/contract/events';
import type { OutboxMessage } from '@guichet/events';
import { toJsonMinor } from '@guichet/money';
import { actionLogged } from '../audit.ts';
import { type AccountOf, aboutOperation, mailTo, namesOf } from './events.ts';
import { amountOf, type Operation } from './operation.ts';
import type { StandingOrder } from './standing-order.ts';

/** What happened to a standing order, besides the decision on its request. */
export interface OrderHappening {
  order: StandingOrder;
  event: 'paused' | 'resumed' | 'suspended' | 'skipped' | 'ended';
  /** The operation that requested it, or the payment that came to nothing: both name what is paid, and to whom. */
  about: Operation;
}

const ACTIONS = {
  paused: 'STANDING_ORDER_PAUSED',
  resumed: 'STANDING_ORDER_RESUMED',
  suspended: 'STANDING_ORDER_SUSPENDED',
  skipped: 'STANDING_ORDER_SKIPPED',
  ended: 'STANDING_ORDER_ENDED',
} as const;

/** The audit event of what happened to a standing order, and the mail to its customer if a payment was not made. */
export function orderTold({
  order,
  event,
  about,
  actor,
  accountOf,
  correlationId,
  now,
}: OrderHappening & {
  /** Null if the bank did it on the day of a payment. */
  actor: Actor | null;
  accountOf: AccountOf;
  correlationId: string | null;
  now: Date;
}): OutboxMessage[] {
  const account = accountOf(order.accountId);
  const isFailed = event === 'skipped' || event === 'suspended';
  const mails = isFailed
    ? [
        mailTo(
          { operation: about, correlationId, now, accountName: account?.name ?? null },
          {
            template: 'standing_order',
            data: {
              ...aboutOperation({ operation: about, correlationId, now, accountName: account?.name ?? null }),
              standing_order_id: order.id,
              outcome: event,
              amount: toJsonMinor(amountOf(about)),
              execute_on: about.executeOn ?? order.firstOn,
              next_on: event === 'skipped' ? order.nextOn : null,
              refusal: EXECUTION_REFUSALS.find((code) => code === about.refusal) ?? null,
            },
          },
        ),
      ]
    : [];
  const logged = actionLogged(now, correlationId, {
    action: ACTIONS[event],
    actor,
    subject: { type: 'operation', id: order.id },
    operationId: order.id,
    concerns: [order.ownerId],
    sentence: sentence`Standing order ${plain(event)}`,
    data: {
      operation_id: order.id,
      type: 'standing_order',
      amount: toJsonMinor(amountOf(about)),
      currency: about.currency,
      ...namesOf(about, accountOf),
      ...(isFailed && about.executeOn !== null ? { execute_on: about.executeOn } : {}),
      ...(isFailed && about.refusal !== null ? { code: about.refusal } : {}),
      ...(order.state === 'active' && order.nextOn !== null ? { due_on: order.nextOn } : {}),
      ...(mails.length === 0 ? {} : { mail_ids: mails.map(({ id }) => id) }),
    },
  });
  return [logged, ...mails];
}
