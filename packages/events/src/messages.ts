import type { Role } from '@guichet/contract';
import type {
  AuditEvent,
  KeyRevocationEvent,
  LevelEvent,
  MailEvent,
  ReceivedAuditEvent,
  RevocationEvent,
  UserEvent,
} from '@guichet/contract/events';
import { currentTraceparent } from '@guichet/tracing';

/** A message that the outbox keeps until JetStream has stored it. */
export interface OutboxMessage {
  /** Becomes the Nats-Msg-Id, by which JetStream recognizes duplicates. */
  id: string;
  subject: string;
  payload: unknown;
}

const LOG_GROUP: Readonly<Record<Role, 'membres' | 'agents'>> = {
  member: 'membres',
  agent: 'agents',
  superuser: 'agents',
};

/** `log.agents.*` for actions of staff, `log.membres.*` for those of members, `log.system.*` for those without an actor. */
export function logSubject({ actor, level }: Pick<ReceivedAuditEvent, 'actor' | 'level'>): string {
  const people = actor === null ? 'system' : LOG_GROUP[actor.role];
  return `log.${people}.${level.toLowerCase()}`;
}

/** The message of an audit event, which is a part of the trace that runs. */
export function logMessage(event: AuditEvent): OutboxMessage {
  const payload = { ...event, traceparent: currentTraceparent() };
  return { id: event.id, subject: logSubject(event), payload };
}

/** The message of a mail, which continues the trace that runs. */
export function mailMessage(event: MailEvent): OutboxMessage {
  const payload = { ...event, traceparent: currentTraceparent() };
  return { id: event.id, subject: `mail.${event.template}`, payload };
}

export function userMessage(event: UserEvent): OutboxMessage {
  return { id: `${event.id}.${event.version}`, subject: `users.${event.id}`, payload: event };
}

export function revocationMessage(event: RevocationEvent): OutboxMessage {
  return { id: `revocation.${event.session_id}`, subject: `revocations.${event.session_id}`, payload: event };
}

/** The subject is longer than any that a session id gives. */
export function keyRevocationMessage(event: KeyRevocationEvent): OutboxMessage {
  return { id: `revocation.${event.kid}`, subject: `revocations.key.${event.kid}`, payload: event };
}

/** Under an id of its own: the same change may be made twice. */
export function levelMessage(id: string, event: LevelEvent): OutboxMessage {
  return { id, subject: `levels.${event.service}`, payload: event };
}
