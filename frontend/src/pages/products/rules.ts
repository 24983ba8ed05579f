import { RATE_MAX } from '@guichet/contract';
import type { Product } from '@guichet/contract/accounts';
import { readAmountOrZero } from '../money/rules.ts';

/** A typed percentage a year in basis points, or a key under `errors`; an empty field is 0. */
export function readRate(typed: string): { basisPoints: number } | { error: string } {
  const trimmed = typed.replace(/\s*%\s*$/, '');
  if (trimmed.trim() === '') return { basisPoints: 0 };
  // A percentage with two decimals is written like an amount in euros.
  const read = readAmountOrZero(trimmed);
  if ('error' in read || read.amountMinor > BigInt(RATE_MAX)) return { error: 'rate_range' };
  return { basisPoints: Number(read.amountMinor) };
}

/** The rates of a product that have not begun, the next one first. */
export function comingRates({ rates, valid_from }: Product): Product['rates'] {
  return rates.filter((one) => valid_from === null || one.valid_from > valid_from).toReversed();
}
