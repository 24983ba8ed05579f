import { type AuditEvent, type LogServiceOf, plain, sentence } from '@guichet/contract/events';
import { auditEvent } from './audit-event.ts';
import { currentOperator } from './current-operator.ts';

/** The audit event of an operator's command about messages of a service, with the operator. */
export function operatorCommand(ran: {
  id: string;
  now: Date;
  service: LogServiceOf<'ADMIN_COMMAND'>;
  command: string;
  /** How many messages it handled. */
  count: number;
}): AuditEvent {
  const { id, now, service, command, count } = ran;
  return auditEvent(
    { service, id, now, correlationId: null },
    {
      action: 'ADMIN_COMMAND',
      actor: null,
      subject: null,
      concerns: [],
      sentence: sentence`An operator ran ${plain(command)} on ${plain(String(count))} messages.`,
      data: { command, count, ...currentOperator() },
    },
  );
}
