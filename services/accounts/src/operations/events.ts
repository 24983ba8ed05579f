import { newId } from '@guichet/database';
import { type Actor, logMessage, mailMessage, type OutboxMessage } from '@guichet/events';
import { toJsonMinor } from '@guichet/money';
import { actionOf } from './kinds.ts';
import { type Operation, transferOf } from './operation.ts';
import { viewLimits } from './views.ts';

export interface SettingChange {
  from: unknown;
  to: unknown;
}

interface Told {
  operation: Operation;
  /** Who did it; null where time did. */
  actor: Actor | null;
  /** The users whose accounts it touched, beside the requester. */
  concerns: readonly string[];
  correlationId: string | null;
  now: Date;
}

/** The log entry of what an operation came to. */
export function operationLogged(
  told: Told & {
    event: Operation['status'] | 'requested';
    reason?: string | null;
    /** An account's overdraft or limits, before and after. */
    change?: SettingChange | undefined;
  },
) {
  const { operation, actor, now } = told;
  const action = actionOf(operation.kind, told.event);
  return logMessage({
    id: newId(now),
    time: now.toISOString(),
    service: 'accounts',
    actor,
    action,
    level: 'INFO',
    subject: { type: 'operation', id: operation.id },
    operation_id: operation.id,
    concerns: [...new Set([operation.requesterId, ...told.concerns])],
    correlation_id: told.correlationId,
    message: sentence(operation, told.event),
    data: {
      operation_id: operation.id,
      type: operation.kind,
      status: operation.status,
      amount: operation.amountMinor === null ? null : toJsonMinor(operation.amountMinor),
      currency: operation.currency,
      transfer_id: transferOf(operation),
      ...(operation.limits === null ? {} : { limits: viewLimits(operation.limits) }),
      ...(told.change ?? {}),
      ...(told.reason === undefined || told.reason === null ? {} : { reason: told.reason }),
    },
  });
}

/** The mail that tells a requester how it ended. */
export function requesterMailed(
  told: Pick<Told, 'operation' | 'correlationId' | 'now'> & {
    reason: string | null;
    accountName: string | null;
  },
): OutboxMessage {
  const { operation, now } = told;
  return mailMessage({
    id: newId(now),
    time: now.toISOString(),
    template: 'operation_decided',
    to: { user_id: operation.requesterId },
    correlation_id: told.correlationId,
    data: {
      operation_id: operation.id,
      type: operation.kind,
      status: operation.status,
      amount: operation.amountMinor === null ? null : toJsonMinor(operation.amountMinor),
      currency: operation.currency,
      reason: told.reason,
      account_name: told.accountName,
      counterparty: operation.toName,
    },
  });
}

function sentence(operation: Operation, event: Operation['status'] | 'requested'): string {
  const what = operation.kind.replaceAll('_', ' ');
  const [first = '', ...rest] = what;
  return `${first.toUpperCase()}${rest.join('')} ${event === 'approved' ? 'approved by a first agent' : event}`;
}
