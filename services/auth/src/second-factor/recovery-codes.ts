import { randomBytes } from 'node:crypto';
import type { Transaction } from '@guichet/database';
import { formatRecoveryCode } from '../totp/rules.ts';
import { replaceRecoveryCodes } from '../totp/store.ts';
import { hashRecoveryCode } from '../totp/use-second-factor.ts';

const RECOVERY_CODES = 10;
const RECOVERY_CODE_BYTES = 15;

/** Issues ten recovery codes in place of the earlier ones; only their hashes are stored. The user must be locked. */
export async function issueRecoveryCodes(trx: Transaction, userId: string): Promise<string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    formatRecoveryCode(randomBytes(RECOVERY_CODE_BYTES)),
  );
  await replaceRecoveryCodes(trx, userId, codes.map(hashRecoveryCode));
  return codes;
}
