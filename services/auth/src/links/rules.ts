import { INVITATION_DAYS } from '@guichet/contract/auth';

const MINUTE_MS = 60 * 1000;

export type LinkPurpose =
  | 'recover'
  | 'invite'
  | 'access_reset'
  | 'email_change'
  | 'email_stop'
  | 'registration'
  | 'sign_in_stop';

/** What a mailed link opens, and for how long. */
export const LINKS: Readonly<Record<LinkPurpose, { page: string; lifetimeMs: number }>> = {
  recover: { page: 'recover', lifetimeMs: 30 * MINUTE_MS },
  // The same page: an invited agent sets a password in the same way as a user who forgot theirs.
  invite: { page: 'recover', lifetimeMs: INVITATION_DAYS * 24 * 60 * MINUTE_MS },
  // An operator hands it over, when mail may be what the superuser has lost.
  access_reset: { page: 'recover', lifetimeMs: 30 * MINUTE_MS },
  email_change: { page: 'confirm-email', lifetimeMs: 24 * 60 * MINUTE_MS },
  registration: { page: 'confirm-email', lifetimeMs: 7 * 24 * 60 * MINUTE_MS },
  // Valid for longer than the link it stops, so that a change confirmed at the last minute can still be reversed.
  email_stop: { page: 'stop-email-change', lifetimeMs: 48 * 60 * MINUTE_MS },
  // A thief may sign in when the owner does not read their mail for days.
  sign_in_stop: { page: 'stop-sign-in', lifetimeMs: 7 * 24 * 60 * MINUTE_MS },
};

export function linkUrl(publicUrl: string, purpose: LinkPurpose, token: string): string {
  return `${publicUrl}/${LINKS[purpose].page}?token=${token}`;
}
