import type { UserEvent } from '@guichet/contract/events';
import { newId } from '@guichet/database';

/** A user as auth publishes them: by default, an active member. */
export function buildUserEvent(user: Partial<UserEvent> = {}): UserEvent {
  return {
    id: newId(),
    version: 1,
    username: 'ann',
    email: null,
    email_confirmed: false,
    first_name: null,
    last_name: null,
    verified_name: null,
    role: 'member',
    status: 'active',
    language: 'en',
    refused_mails: [],
    mail_secret: 'm'.repeat(43),
    ...user,
  };
}
