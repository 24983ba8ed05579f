import type { MailContent, MailTemplate, OptionalMailTemplate } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import {
  keyRevocationMessage,
  mailMessage,
  type OutboxMessage,
  revocationMessage,
  userMessage,
} from '@guichet/events';
import type { Origin } from './deps.ts';
import type { UserRow } from './users/store.ts';
import { verifiedNameOf } from './users/verified-name.ts';

/** Publishes the current state of a user to the other services. */
export function userChanged(user: UserRow): OutboxMessage {
  return userMessage({
    id: user.id,
    version: user.version,
    username: user.username,
    email: user.email,
    first_name: user.first_name,
    last_name: user.last_name,
    verified_name: verifiedNameOf(user),
    role: user.role,
    status: user.status,
    email_confirmed: user.email_confirmed === 1,
    language: user.language,
    refused_mails: user.refused_mails,
    mail_secret: user.mail_secret,
  });
}

/** A template and its data, which may be left out if the template has none. */
type Letter = {
  /** An address other than the user's current one. */
  email?: string;
} & {
  [Template in MailTemplate]: MailDataOf<Template> extends Record<string, never>
    ? { template: Template; data?: MailDataOf<Template> }
    : { template: Template; data: MailDataOf<Template> };
}[Exclude<MailTemplate, OptionalMailTemplate>];
type MailDataOf<Template extends MailTemplate> = Extract<MailContent, { template: Template }>['data'];

/**
 * A mail to a user. It includes the address, so that it can be delivered even if the user was just created, is being
 * deleted, or has not confirmed the address. Only a mail to a confirmed address has the user's name. Empty if the user has no address.
 */
export function mailTo(user: UserRow, now: Date, origin: Origin, letter: Letter): OutboxMessage[] {
  const email = letter.email ?? user.email;
  if (email === null) return [];
  const isTheirs = email === user.email && user.email_confirmed === 1;
  const name = [user.first_name, user.last_name].filter((part) => part !== null).join(' ') || user.username;
  return [
    mailMessage({
      id: newId(now),
      time: now.toISOString(),
      ...({ template: letter.template, data: letter.data ?? {} } as MailContent<typeof letter.template>),
      to: { email, name: isTheirs ? name : null, language: user.language },
      correlation_id: origin.correlationId,
    }),
  ];
}

/** Makes every replica of every service refuse the tokens that a key signed. */
export function keyRevoked(kid: string): OutboxMessage {
  return keyRevocationMessage({ kid });
}

/** Messages that make every replica of every service refuse the tokens of these sessions. */
export function revoked(sessionIds: readonly string[], until: Date): OutboxMessage[] {
  return sessionIds.map((id) => revocationMessage({ session_id: id, until: until.toISOString() }));
}
