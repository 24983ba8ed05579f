import { type AuditEvent, type LogServiceOf, plain, sentence } from '@guichet/contract/events';
import { auditEvent } from './audit-event.ts';
import { currentOperator } from './current-operator.ts';

/** The audit event of an operator's command that publishes what a service's outbox has published before. */
export function outboxRepublished(republication: {
  id: string;
  now: Date;
  service: LogServiceOf<'OUTBOX_REPUBLISHED'>;
  data: { since: string; families: readonly string[]; subjects: string; events: number };
}): AuditEvent {
  const { id, now, service, data } = republication;
  return auditEvent(
    { service, id, now, correlationId: null },
    {
      action: 'OUTBOX_REPUBLISHED',
      actor: null,
      subject: null,
      concerns: [],
      sentence: sentence`Events since ${plain(data.since)} were published again`,
      data: { ...data, ...currentOperator() },
    },
  );
}
