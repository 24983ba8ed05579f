import type { Terms } from './product.ts';

/**
 * Interest is counted in parts of a minor unit, of which a day's balance times its rate is a whole number: a rate has 10,000 basis points, and every year has
 * 365 days (ACT/365). So nothing is rounded before it's paid, and sums are the same in any order.
 */
export const PARTS_PER_MINOR = 10_000n * 365n;

/** The interest of one day, in parts of a minor unit, from its closing balance: positive if the bank owes it, negative on an overdraft. */
export function interestOfDay(
  closingMinor: bigint,
  { interestRate, overdraftRate, minimumBalanceMinor }: Terms,
): bigint {
  if (closingMinor < 0n) return closingMinor * BigInt(overdraftRate);
  return closingMinor >= minimumBalanceMinor ? closingMinor * BigInt(interestRate) : 0n;
}

/** The whole minor units of accrued parts. A fraction is cut off, whatever the sign: it stays accrued until it's a whole unit. */
export function wholeMinor(parts: bigint): bigint {
  return parts / PARTS_PER_MINOR;
}
