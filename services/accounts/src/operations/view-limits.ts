import { toJsonMinor } from '@guichet/money';
import type { Limits } from './operation.ts';

/** Limits in JSON; null means the bank's limit. */
export function viewLimits<Shown extends Limits | null>(limits: Shown) {
  const shown = (amountMinor: bigint | null) => (amountMinor === null ? null : toJsonMinor(amountMinor));
  return limits === null ? null : { operation: shown(limits.operationMinor), day: shown(limits.dayMinor) };
}
