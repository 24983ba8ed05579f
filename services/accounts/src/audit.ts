import type { LogLevel } from '@guichet/contract';
import type { Actor, LogActionOf } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import { logMessage, type OutboxMessage } from '@guichet/events';
import type { Caller } from '@guichet/tokens';

/** The owner of a token, as the audit log names them. */
export function actorOf(caller: Caller): Actor {
  return { id: caller.userId, username: caller.username, role: caller.role };
}

/** The audit event of an action that is not part of an operation's life. */
export function actionLogged(done: {
  action: LogActionOf<'accounts'>;
  level?: LogLevel;
  /** Null if the service acts by itself. */
  actor: Actor | null;
  subject: { type: string; id: string };
  concerns?: readonly string[];
  correlationId: string;
  message: string;
  data?: Record<string, unknown>;
  now: Date;
}): OutboxMessage {
  const { actor, concerns = [] } = done;
  return logMessage({
    id: newId(done.now),
    time: done.now.toISOString(),
    service: 'accounts',
    actor,
    action: done.action,
    level: done.level ?? 'INFO',
    subject: done.subject,
    operation_id: null,
    concerns: [...new Set([...(actor === null ? [] : [actor.id]), ...concerns])],
    correlation_id: done.correlationId,
    message: done.message,
    data: done.data ?? {},
  });
}
