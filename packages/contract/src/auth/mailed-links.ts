import type { MailTemplate } from '../events/mail-templates.ts';
import { INVITATION_DAYS } from './invitations.ts';

export type LinkPurpose =
  | 'recover'
  | 'invite'
  | 'access_reset'
  | 'email_change'
  | 'email_stop'
  | 'registration'
  | 'sign_in_stop';

const MINUTE_MS = 60 * 1000;

/** How long a mailed link works. */
export const LINK_LIFETIMES_MS: Readonly<Record<LinkPurpose, number>> = {
  recover: 30 * MINUTE_MS,
  invite: INVITATION_DAYS * 24 * 60 * MINUTE_MS,
  access_reset: 30 * MINUTE_MS,
  email_change: 24 * 60 * MINUTE_MS,
  registration: 7 * 24 * 60 * MINUTE_MS,
  // Valid for longer than the link it stops, so that a change confirmed at the last minute can still be reversed.
  email_stop: 48 * 60 * MINUTE_MS,
  // A thief may sign in when the owner does not read their mail for days.
  sign_in_stop: 7 * 24 * 60 * MINUTE_MS,
};

/** The purpose of the link in a mail. */
export const LINK_OF_MAIL: Readonly<Partial<Record<MailTemplate, LinkPurpose>>> = {
  registered: 'registration',
  agent_invited: 'invite',
  recover: 'recover',
  email_change: 'email_change',
  email_change_requested: 'email_stop',
  new_device: 'sign_in_stop',
};
