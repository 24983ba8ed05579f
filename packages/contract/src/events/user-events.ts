import { z } from 'zod';
import { LENGTHS } from '../lengths.ts';
import { LANGUAGES, ROLES, USER_STATUSES } from '../lists/users.ts';
import { text } from '../text.ts';
import { EventId } from './words.ts';

const Name = text(LENGTHS.namePart).nullable();

/** A user as the other services know them. */
export const UserEvent = z.object({
  id: EventId,
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
  /** The kinds of mail that the user refuses. During an upgrade auth may know more kinds than a reader, which must not take the user for unreadable. */
  refused_mails: z.array(z.string()).readonly(),
  /** The secret that proves that a link to refuse a kind of mail was mailed to this user; null once the user is deleted. */
  mail_secret: z.string().nullable(),
});
export type UserEvent = z.output<typeof UserEvent>;

/** A session whose tokens are refused from now on, until the last would have expired. */
export const RevocationEvent = z.object({ session_id: EventId, until: z.iso.datetime({ offset: true }) });
export type RevocationEvent = z.output<typeof RevocationEvent>;

/** A signing key whose tokens are refused from now on, for ever. The id is a SHA-256 thumbprint (RFC 7638). */
export const KeyRevocationEvent = z.object({ kid: z.string().regex(/^[\w-]{43}$/) });
export type KeyRevocationEvent = z.output<typeof KeyRevocationEvent>;
