import type { Transaction } from '@guichet/database';
import type { Deps } from '../deps.ts';
import { hashOpaqueToken } from '../opaque-token.ts';
import type { UserRow } from '../users/store.ts';
import { acceptedStep, normalizeRecoveryCode } from './rules.ts';
import { lockTotp, markStepUsed, takeRecoveryCode } from './store.ts';

/** Uses a code of the authenticator app; each is accepted once. The user must be locked. */
export async function useTotpCode(
  deps: Deps,
  trx: Transaction,
  userId: string,
  code: string,
  now: Date,
): Promise<boolean> {
  const row = await lockTotp(trx, userId);
  if (row === null || row.confirmed_at === null) return false;
  const secret = deps.vault.open(row.secret_sealed, `totp ${userId}`);
  const step = acceptedStep(secret, code, now, row.last_step === null ? null : Number(row.last_step));
  if (step === null) return false;
  await markStepUsed(trx, userId, step);
  return true;
}

/** Uses a code of the authenticator app or a recovery code; each is accepted once. The user must be locked. */
export async function useSecondFactor(
  deps: Deps,
  trx: Transaction,
  user: UserRow,
  typed: string,
  now: Date,
): Promise<boolean> {
  if (await useTotpCode(deps, trx, user.id, typed, now)) return true;
  return takeRecoveryCode(trx, user.id, hashRecoveryCode(typed));
}

/** 120 random bits need no slow hash (OWASP ASVS 5, 6.5.2: from 112). */
export function hashRecoveryCode(typed: string): string {
  return hashOpaqueToken(normalizeRecoveryCode(typed));
}
