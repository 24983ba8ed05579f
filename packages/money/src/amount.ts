import { z } from 'zod';

/** The most that one operation may move, in minor units: 10 000 000 000.00. */
export const MAX_AMOUNT_MINOR = 10n ** 12n;

/** An amount as clients write it: a JSON integer of minor units, 1 to 10^12. The domain knows it as a bigint. */
export const amountSchema = z
  .int()
  .min(1)
  .max(Number(MAX_AMOUNT_MINOR))
  .meta({ description: 'Minor units (cents), an integer from 1 to 10^12' });

/**
 * A bigint of minor units as a JSON number.
 * @throws RangeError where JSON could not carry it exactly (beyond 2^53 − 1)
 */
export function toJsonMinor(amountMinor: bigint): number {
  const number = Number(amountMinor);
  if (!Number.isSafeInteger(number))
    throw new RangeError(`${amountMinor} minor units do not fit a JSON number`);
  return number;
}
