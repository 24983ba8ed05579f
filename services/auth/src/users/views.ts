import { LANGUAGES, ROLES, USER_STATUSES } from '@guichet/contract';
import { z } from 'zod';
import type { UserRow } from './store.ts';
import { verifiedNameOf } from './verified-name.ts';

const VerifiedName = z.object({ first_name: z.string().nullable(), last_name: z.string().nullable() });

/** A user as the API shows one. */
export const UserView = z
  .object({
    id: z.string().meta({ format: 'uuid' }),
    username: z.string(),
    email: z.string(),
    pending_email: z.string().nullable(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    role: z.enum(ROLES),
    status: z.enum(USER_STATUSES),
    language: z.enum(LANGUAGES),
    totp_enabled: z.boolean(),
    email_confirmed: z.boolean(),
    verified_name: VerifiedName.nullable(),
    created_at: z.string().meta({ format: 'date-time' }),
  })
  .meta({ id: 'User' });

export function viewUser(user: UserRow): z.output<typeof UserView> {
  return {
    id: user.id,
    username: user.username,
    email: user.email ?? '',
    pending_email: user.pending_email,
    first_name: user.first_name,
    last_name: user.last_name,
    role: user.role,
    status: user.status as z.output<typeof UserView>['status'],
    language: user.language,
    totp_enabled: user.totp_enabled === 1,
    email_confirmed: user.email_confirmed === 1,
    verified_name: verifiedNameOf(user),
    created_at: user.created_at.toISOString(),
  };
}
