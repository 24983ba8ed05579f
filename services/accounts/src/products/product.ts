import type { AccountType } from '@guichet/contract';

export interface Product {
  code: string;
  name: string;
  type: AccountType;
}

/** What accounts of a product earn and pay; rates in basis points a year, amounts in minor units of the account's currency. */
export interface Terms {
  interestRate: number;
  overdraftRate: number;
  monthlyFeeMinor: bigint;
  /** Interest is earned for a day only if its closing balance reaches this. */
  minimumBalanceMinor: bigint;
}

/** The terms of a product from a day of the bank on, until later ones begin. */
export interface DatedTerms extends Terms {
  product: string;
  validFrom: string;
}

/** Before its first terms, a product earns and costs nothing. */
export const NO_TERMS: Terms = {
  interestRate: 0,
  overdraftRate: 0,
  monthlyFeeMinor: 0n,
  minimumBalanceMinor: 0n,
};

/** The terms that apply on a day, of those of one product; null before the first. */
export function termsOn<Dated extends { validFrom: string }>(
  terms: readonly Dated[],
  day: string,
): Dated | null {
  let latest: Dated | null = null;
  for (const one of terms)
    if (one.validFrom <= day && (latest === null || one.validFrom > latest.validFrom)) latest = one;
  return latest;
}
