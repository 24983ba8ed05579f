import type { Language, Role } from '@guichet/contract';
import type { RevocationEvent, UserEvent } from './parse-event.ts';

/** The person on whose behalf a thing was done. */
export interface Actor {
  id: string;
  username: string;
  role: Role;
}

export type LogLevel = 'INFO' | 'WARNING' | 'ERROR';

/** One line of the central log: a critical action, told once, with the change it tells of. */
export interface LogEvent {
  id: string;
  /** RFC 3339, UTC, milliseconds. */
  time: string;
  service: string;
  actor: Actor | null;
  action: string;
  level: LogLevel;
  subject: { type: string; id: string } | null;
  operation_id: string | null;
  /** Users to whom it was done, or whose thing it was done to: they may read it. */
  concerns: string[];
  correlation_id: string | null;
  message: string;
  data: Record<string, unknown>;
}

/** A mail to be sent; the mailer finds the address of a `user_id` itself. */
export interface MailEvent {
  id: string;
  time: string;
  template: string;
  /** `name` is null if the address is unconfirmed: its reader may be a stranger, and a name is free text. */
  to: { user_id: string } | { email: string; name: string | null; language: Language };
  correlation_id: string | null;
  data: Record<string, unknown>;
}

/** What the outbox keeps until JetStream has it. */
export interface OutboxMessage {
  /** Becomes the Nats-Msg-Id, by which a second delivery is known. */
  id: string;
  subject: string;
  payload: unknown;
}

/** `log.agents.*` for staff, `log.membres.*` for members, `log.system.*` for what no person did. */
export function logMessage(event: LogEvent): OutboxMessage {
  const people = event.actor === null ? 'system' : event.actor.role === 'member' ? 'membres' : 'agents';
  return { id: event.id, subject: `log.${people}.${event.level.toLowerCase()}`, payload: event };
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
