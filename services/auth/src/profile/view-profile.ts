import type { Profile } from '@guichet/contract/auth';
import { type Database, queryOnce } from '@guichet/database';
import { methodsOf } from '../second-factor/methods.ts';
import { countRecoveryCodes } from '../totp/store.ts';
import type { UserRow } from '../users/store.ts';
import { viewUser } from '../users/views.ts';

/** A user as they see themselves. */
export async function viewProfile(db: Database, user: UserRow): Promise<Profile> {
  const hasSecondFactor = methodsOf(user).length > 0;
  const recovery_codes_left = hasSecondFactor ? await queryOnce(db, countRecoveryCodes(user.id)) : null;
  return { ...viewUser(user), recovery_codes_left };
}
