import type { User } from '@guichet/contract/auth';
import { invitationExpiresAt } from '../agents/rules.ts';
import type { UserRow } from './store.ts';
import { verifiedNameOf } from './verified-name.ts';

/** A user as the API shows one. */
export function viewUser(user: UserRow): User {
  return {
    id: user.id,
    username: user.username,
    email: user.email ?? '',
    pending_email: user.pending_email,
    first_name: user.first_name,
    last_name: user.last_name,
    role: user.role,
    status: user.status as User['status'],
    language: user.language,
    totp_enabled: user.totp_enabled === 1,
    passkeys: user.passkeys,
    email_confirmed: user.email_confirmed === 1,
    verified_name: verifiedNameOf(user),
    invitation_expires_at: invitationExpiresAt(user)?.toISOString() ?? null,
    created_at: user.created_at.toISOString(),
  };
}
