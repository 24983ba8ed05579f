import type { ServiceName } from '@guichet/contract';
import {
  type AuditEvent,
  type AuditFacts,
  LOG_ACTIONS,
  type LogAction,
  type LogActionOf,
} from '@guichet/contract/events';

/** Builds the audit event of an action. Its level comes from LOG_ACTIONS; the log stores an event once per id. */
export function auditEvent<Service extends ServiceName, Action extends LogActionOf<Service> & LogAction>(
  from: { service: Service; id: string; now: Date; correlationId: string | null },
  facts: AuditFacts<Action>,
): AuditEvent {
  const { level = LOG_ACTIONS[facts.action].levels[0] } = facts;
  return {
    id: from.id,
    time: from.now.toISOString(),
    service: from.service,
    actor: facts.actor,
    action: facts.action,
    level,
    subject: facts.subject,
    operation_id: facts.operationId ?? null,
    concerns: [...facts.concerns],
    correlation_id: from.correlationId,
    ...facts.sentence,
    data: facts.data ?? {},
  } as AuditEvent;
}
