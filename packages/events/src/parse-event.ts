import { LENGTHS, text } from '@guichet/contract';
import { ROLES } from '@guichet/tokens';
import { z } from 'zod';
import type { RevocationEvent, UserEvent } from './messages.ts';

const ID = /^[\x21-\x7e]{1,36}$/;
const Id = z.string().regex(ID);
const Name = text(LENGTHS.namePart).nullable();

const UserForm = z.object({
  id: Id,
  version: z.int().min(0),
  username: text(LENGTHS.username).min(1),
  email: text(LENGTHS.email).nullable(),
  email_confirmed: z.boolean().default(false),
  first_name: Name,
  last_name: Name,
  verified_name: z.object({ first_name: Name, last_name: Name }).nullable(),
  role: z.enum(ROLES),
  status: z.enum(['pending', 'active', 'deactivated', 'rejected', 'deleted']),
  language: z.enum(['en', 'fr']),
});

const RevocationForm = z.object({ session_id: Id, until: z.iso.datetime({ offset: true }) });

interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
}

/** @throws Error that says which fields are wrong, without their content */
export function parseUserEvent({ subject, data }: Message): UserEvent {
  const event = parse(UserForm, data);
  if (subject !== `users.${event.id}`) throw new Error('the subject names another user');
  return event;
}

/** @throws Error that says which fields are wrong, without their content */
export function parseRevocationEvent({ subject, data }: Message): RevocationEvent {
  const event = parse(RevocationForm, data);
  if (subject !== `revocations.${event.session_id}`) throw new Error('the subject names another session');
  return event;
}

/** The ids of the users that subjects name, without any that can't be an id: the database would refuse to compare it with its own. */
export function userIdsOf(messages: readonly { subject: string }[]): string[] {
  return messages.map(({ subject }) => subject.slice('users.'.length)).filter((id) => ID.test(id));
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
