import type { Role } from '@guichet/contract';
import type {
  AuditEvent,
  MailEvent,
  ReceivedAuditEvent,
  RevocationEvent,
  UserEvent,
} from '@guichet/contract/events';

/** What the outbox keeps until JetStream has it. */
export interface OutboxMessage {
  /** Becomes the Nats-Msg-Id, by which a second delivery is known. */
  id: string;
  subject: string;
  payload: unknown;
}

const LOG_GROUP: Readonly<Record<Role, 'membres' | 'agents'>> = {
  member: 'membres',
  agent: 'agents',
  superuser: 'agents',
};

/** `log.agents.*` for staff, `log.membres.*` for members, `log.system.*` for what no user did. */
export function logSubject({ actor, level }: Pick<ReceivedAuditEvent, 'actor' | 'level'>): string {
  const people = actor === null ? 'system' : LOG_GROUP[actor.role];
  return `log.${people}.${level.toLowerCase()}`;
}

export function logMessage(event: AuditEvent): OutboxMessage {
  return { id: event.id, subject: logSubject(event), payload: event };
}

export function mailMessage(event: MailEvent): OutboxMessage {
  return { id: event.id, subject: `mail.${event.template}`, payload: event };
}

export function userMessage(event: UserEvent): OutboxMessage {
  return { id: `${event.id}.${event.version}`, subject: `users.${event.id}`, payload: event };
}

export function revocationMessage(event: RevocationEvent): OutboxMessage {
  return { id: `revocation.${event.session_id}`, subject: `revocations.${event.session_id}`, payload: event };
}
