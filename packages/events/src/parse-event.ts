import {
  isEventId,
  KeyRevocationEvent,
  LevelEvent,
  RevocationEvent,
  UserEvent,
} from '@guichet/contract/events';
import type { z } from 'zod';

interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
}

/** @throws Error that names the wrong fields, without their content */
export function parseUserEvent({ subject, data }: Message): UserEvent {
  const event = parse(UserEvent, data);
  if (subject !== `users.${event.id}`) throw new Error('the subject names another user');
  return event;
}

/** @throws Error that names the wrong fields, without their content */
export function parseRevocationEvent({ subject, data }: Message): RevocationEvent | KeyRevocationEvent {
  if (subject.startsWith('revocations.key.')) {
    const revoked = parse(KeyRevocationEvent, data);
    if (subject !== `revocations.key.${revoked.kid}`) throw new Error('the subject names another key');
    return revoked;
  }
  const event = parse(RevocationEvent, data);
  if (subject !== `revocations.${event.session_id}`) throw new Error('the subject names another session');
  return event;
}

/** @throws Error that names the wrong fields, without their content */
export function parseLevelEvent({ subject, data }: Message): LevelEvent {
  const event = parse(LevelEvent, data);
  if (subject !== `levels.${event.service}`) throw new Error('the subject names another service');
  return event;
}

/** The user ids in subjects, except those that can't be ids: the database would refuse to compare them with its own. */
export function userIdsOf(messages: readonly { subject: string }[]): string[] {
  return messages.map(({ subject }) => subject.slice('users.'.length)).filter(isEventId);
}

function parse<T>(form: z.ZodType<T>, bytes: Uint8Array): T {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Error('the message is not JSON');
  }
  const parsed = form.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`);
  throw new Error(`the message is not a valid event (${faults.join('; ')})`);
}
