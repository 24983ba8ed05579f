/** The maximum amount of one operation, in minor units: 10 000 000 000.00. */
export const MAX_AMOUNT_MINOR = 10n ** 12n;

/**
 * A bigint of minor units as a JSON number.
 * @throws RangeError if JSON cannot represent it exactly (beyond 2^53 − 1)
 */
export function toJsonMinor(amountMinor: bigint): number {
  const number = Number(amountMinor);
  if (!Number.isSafeInteger(number))
    throw new RangeError(`${amountMinor} minor units do not fit a JSON number`);
  return number;
}
