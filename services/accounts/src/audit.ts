import type { Actor, AuditFacts, LogActionOf } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import { auditEvent, logMessage, type OutboxMessage } from '@guichet/events';
import type { Caller } from '@guichet/tokens';

/** The owner of a token, in the form of the audit log. */
export function actorOf(caller: Caller): Actor {
  return { id: caller.userId, username: caller.username, role: caller.role };
}

/** The audit event of an action, as the outbox keeps it. */
export function actionLogged<Action extends LogActionOf<'accounts'>>(
  now: Date,
  correlationId: string | null,
  facts: AuditFacts<Action>,
): OutboxMessage {
  return logMessage(auditEvent({ service: 'accounts', id: newId(now), now, correlationId }, facts));
}
