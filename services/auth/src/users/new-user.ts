import type { Language, Role, UserStatus } from '@guichet/contract';
import { newId } from '@guichet/database';
import { newOpaqueToken } from '../opaque-token.ts';
import type { UserRow } from './store.ts';

/** The details given at registration, or by the superuser for an agent. */
export interface NewPerson {
  username: string;
  email: string;
  first_name: string | null;
  last_name: string | null;
  language: Language;
}

/** The row of a new user. */
export function newUser(
  person: NewPerson,
  as: {
    role: Role;
    status: UserStatus;
    passwordHash: string | null;
    emailConfirmed?: boolean;
    isInvited?: boolean;
  },
  now: Date,
): Omit<UserRow, 'email_key'> {
  return {
    id: newId(now),
    version: 1,
    username: person.username,
    email: person.email,
    pending_email: null,
    first_name: person.first_name,
    last_name: person.last_name,
    verified_first_name: null,
    verified_last_name: null,
    role: as.role,
    status: as.status,
    language: person.language,
    refused_mails: [],
    mail_secret: newOpaqueToken(),
    password_hash: as.passwordHash,
    totp_enabled: 0,
    passkeys: 0,
    email_confirmed: as.emailConfirmed === true ? 1 : 0,
    decoy: 0,
    invited_at: as.isInvited === true ? now : null,
    created_at: now,
    updated_at: now,
  };
}
