/**
 * A sum for JSON, or the largest integer that JSON carries exactly if the sum is larger: otherwise, a member could make the inbox fail by
 * requesting many large deposits.
 */
export function toJsonSum(amountMinor: bigint): number {
  const largest = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(amountMinor > largest ? largest : amountMinor);
}
