import type { Transaction } from '@guichet/database';
import { hashOpaqueToken } from '../opaque-token.ts';
import { lockLiveSession } from '../sessions/store.ts';
import { takeStepUp } from './store.ts';

/** The value that a client sent with a payment, and the payment that will be requested. */
export interface ConfirmedPayment {
  value: string;
  /** Minor units. */
  amount: number;
  currency: string;
  /** Normalized. */
  iban: string;
}

/**
 * Consumes the confirmation of a payment, even if it was for another payment. The user must be locked.
 * @returns whether it was for exactly this payment, and the session in which it was made is still open
 */
export async function useStepUp(
  trx: Transaction,
  userId: string,
  { value, amount, currency, iban }: ConfirmedPayment,
  now: Date,
): Promise<boolean> {
  const confirmed = await takeStepUp(trx, userId, hashOpaqueToken(value), now);
  if (confirmed === null) return false;
  if (!(await lockLiveSession(trx, userId, confirmed.session_id))) return false;
  return confirmed.amount === BigInt(amount) && confirmed.currency === currency && confirmed.iban === iban;
}
