import { INVITATION_DAYS } from '@guichet/contract/auth';
import type { UserRow } from '../users/store.ts';

/** A second click or a repeated request within this time sends no second mail. */
const SENT_ONCE_WITHIN_MS = 60_000;

const DAY_MS = 24 * 60 * 60 * 1000;

type Invited = Pick<UserRow, 'role' | 'status' | 'password_hash' | 'invited_at'>;

/** Whether the user is an agent or a superuser who has not accepted the invitation: they have no password yet. */
export function isInvited({ role, status, password_hash }: Invited): boolean {
  return role !== 'member' && status === 'pending' && password_hash === null;
}

/** When the link in the newest invitation expires; null for a user who has no open invitation. */
export function invitationExpiresAt(user: Invited): Date | null {
  if (!isInvited(user) || user.invited_at === null) return null;
  return new Date(user.invited_at.getTime() + INVITATION_DAYS * DAY_MS);
}

export function wasJustInvited({ invited_at: invitedAt }: Invited, now: Date): boolean {
  return invitedAt !== null && now.getTime() - invitedAt.getTime() < SENT_ONCE_WITHIN_MS;
}
