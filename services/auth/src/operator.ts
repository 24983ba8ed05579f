import type { AuditFacts, Sentence } from '@guichet/contract/events';
import type { OutboxMessage } from '@guichet/events';
import { actionLogged } from './audit.ts';

const NO_REQUEST = { correlationId: null, ip: null, userAgent: null };

/** The audit event of a command that concerns no user. */
export function operatorRan(
  now: Date,
  { sentence, data }: { sentence: Sentence; data: AuditFacts<'ADMIN_COMMAND'>['data'] & { command: string } },
): OutboxMessage {
  return actionLogged(now, NO_REQUEST, {
    actor: null,
    action: 'ADMIN_COMMAND',
    subject: null,
    concerns: [],
    sentence,
    data,
  });
}
