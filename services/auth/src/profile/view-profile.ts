import type { Profile } from '@guichet/contract/auth';
import { type Database, queryOnce } from '@guichet/database';
import { countRecoveryCodes } from '../totp/store.ts';
import type { UserRow } from '../users/store.ts';
import { viewUser } from '../users/views.ts';

/** A user as they see themselves. */
export async function viewProfile(db: Database, user: UserRow): Promise<Profile> {
  const recovery_codes_left =
    user.totp_enabled === 1 ? await queryOnce(db, countRecoveryCodes(user.id)) : null;
  return { ...viewUser(user), recovery_codes_left };
}
