import { LANGUAGES, LENGTHS, ROLES, text, USER_STATUSES } from '@guichet/contract';
import { z } from 'zod';

const ID = /^[\x21-\x7e]{1,36}$/;
const Id = z.string().regex(ID);
const Name = text(LENGTHS.namePart).nullable();

const UserForm = z.object({
  id: Id,
  /** Grows with each change, so that an older state never replaces a newer one. */
  version: z.int().min(0),
  username: text(LENGTHS.username).min(1),
  email: text(LENGTHS.email).nullable(),
  /** Whether the user has followed a link that was mailed to `email`. */
  email_confirmed: z.boolean(),
  first_name: Name,
  last_name: Name,
  /** The name that an agent verified, or null. Payee checks, statements and account owners show it, never the profile's name. */
  verified_name: z.object({ first_name: Name, last_name: Name }).nullable(),
  role: z.enum(ROLES),
  status: z.enum([...USER_STATUSES, 'deleted']),
  language: z.enum(LANGUAGES),
});

/** A user as the other services know them. */
export type UserEvent = z.output<typeof UserForm>;

const RevocationForm = z.object({ session_id: Id, until: z.iso.datetime({ offset: true }) });

/** A session whose tokens are refused from now on, until the last would have expired. */
export type RevocationEvent = z.output<typeof RevocationForm>;

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
