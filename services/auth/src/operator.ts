import type { AuditFacts, Sentence } from '@guichet/contract/events';
import { currentOperator, type OutboxMessage } from '@guichet/events';
import { actionLogged } from './audit.ts';
import type { UserRow } from './users/store.ts';

/** Where an action comes from that no request caused. */
export const NO_REQUEST = { correlationId: null, ip: null, userAgent: null };

/** The audit event of an operator's command, and of the user whom it concerned, if it did. */
export function operatorRan(
  now: Date,
  {
    sentence,
    data,
    user = null,
  }: {
    sentence: Sentence;
    data: AuditFacts<'ADMIN_COMMAND'>['data'] & { command: string };
    user?: Pick<UserRow, 'id'> | null;
  },
): OutboxMessage {
  return actionLogged(now, NO_REQUEST, {
    actor: null,
    action: 'ADMIN_COMMAND',
    subject: user === null ? null : { type: 'user', id: user.id },
    concerns: user === null ? [] : [user.id],
    sentence,
    data: { ...data, ...currentOperator() },
  });
}
