import { LINK_LIFETIMES_MS, type LinkPurpose } from '@guichet/contract/auth';

/** The page that a mailed link opens. */
const PAGES: Readonly<Record<LinkPurpose, string>> = {
  recover: 'recover',
  // The same page: an invited agent sets a password in the same way as a user who forgot theirs.
  invite: 'recover',
  // An operator hands it over, when mail may be what the superuser has lost.
  access_reset: 'recover',
  email_change: 'confirm-email',
  registration: 'confirm-email',
  email_stop: 'stop-email-change',
  sign_in_stop: 'stop-sign-in',
};

/** When a link that is issued now stops working. */
export function linkExpiry(purpose: LinkPurpose, now: Date): Date {
  return new Date(now.getTime() + LINK_LIFETIMES_MS[purpose]);
}

export function linkUrl(publicUrl: string, purpose: LinkPurpose, token: string): string {
  return `${publicUrl}/${PAGES[purpose]}?token=${token}`;
}
