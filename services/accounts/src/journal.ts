import { newId } from '@guichet/database';
import { type Actor, type LogLevel, logMessage, type OutboxMessage } from '@guichet/events';
import type { Caller } from '@guichet/tokens';

/** The person behind a token, as the log names them. */
export function actorOf(caller: Caller): Actor {
  return { id: caller.userId, username: caller.username, role: caller.role };
}

/** A log entry of what somebody did outside the life of an operation. */
export function deedLogged(deed: {
  action: string;
  level?: LogLevel;
  actor: Actor;
  subject: { type: string; id: string };
  concerns?: readonly string[];
  correlationId: string;
  message: string;
  data?: Record<string, unknown>;
  now: Date;
}): OutboxMessage {
  return logMessage({
    id: newId(deed.now),
    time: deed.now.toISOString(),
    service: 'accounts',
    actor: deed.actor,
    action: deed.action,
    level: deed.level ?? 'INFO',
    subject: deed.subject,
    operation_id: null,
    concerns: [...new Set([deed.actor.id, ...(deed.concerns ?? [])])],
    correlation_id: deed.correlationId,
    message: deed.message,
    data: deed.data ?? {},
  });
}
