import { queryOnce, type Transaction } from '@guichet/database';
import { countPasskeys } from '../passkeys/store.ts';
import type { UserRow } from '../users/store.ts';

/** What a user can prove besides the password. Recovery codes only come with another method. */
export type SecondFactorMethod = 'totp' | 'passkey' | 'recovery_code';

/**
 * The second factors of a user, who must be locked; none if the password alone signs them in. A user who has any can't sign in without one.
 */
export async function methodsOf(trx: Transaction, user: UserRow): Promise<SecondFactorMethod[]> {
  const methods: SecondFactorMethod[] = [
    ...(user.totp_enabled === 1 ? (['totp'] as const) : []),
    ...((await queryOnce(trx, countPasskeys(user.id))) > 0 ? (['passkey'] as const) : []),
  ];
  return methods.length === 0 ? [] : [...methods, 'recovery_code'];
}
