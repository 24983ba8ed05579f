/**
 * A sum in JSON, which any number of operations may make larger than JSON carries exactly: then the largest integer that it does carry, so that
 * nobody can close the inbox by requesting large deposits.
 */
export function toJsonSum(amountMinor: bigint): number {
  const largest = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(amountMinor > largest ? largest : amountMinor);
}
