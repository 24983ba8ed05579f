import type { Transaction } from '@guichet/database';
import { deleteChallenges } from '../passkeys/challenge-store.ts';
import { deletePasskeys } from '../passkeys/store.ts';
import { deleteRecoveryCodes, deleteTotp } from '../totp/store.ts';
import type { UserRow } from '../users/store.ts';

/** Deletes every second factor of a user, who must be locked. The caller writes `totp_enabled` and `passkeys`. @returns whether there was one */
export async function deleteSecondFactor(trx: Transaction, user: UserRow): Promise<boolean> {
  await deleteTotp(trx, user.id);
  await deleteRecoveryCodes(trx, user.id);
  await deletePasskeys(trx, user.id);
  await deleteChallenges(trx, user.id);
  return user.passkeys > 0 || user.totp_enabled === 1;
}
