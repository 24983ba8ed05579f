import type { Product as ProductShown, ProductTerms } from '@guichet/contract/accounts';
import { toJsonMinor } from '@guichet/money';
import type { ProductWithTerms } from './change-product.ts';
import { type DatedTerms, NO_TERMS, type Terms, termsOn } from './product.ts';

/** The rates that are shown of a product; all are kept. */
const RATES_SHOWN = 100;

/** A product as every user sees it. @param today the bank's day, on which its rates apply */
export function viewProduct({ code, name, type, terms }: ProductWithTerms, today: string): ProductShown {
  const current = termsOn(terms, today);
  return {
    code,
    name,
    type,
    ...viewRates(current ?? NO_TERMS),
    valid_from: current?.validFrom ?? null,
    rates: terms.slice(0, RATES_SHOWN).map(viewTerms),
  };
}

function viewTerms(terms: DatedTerms): ProductTerms {
  return { valid_from: terms.validFrom, ...viewRates(terms) };
}

function viewRates(terms: Terms) {
  return {
    interest_rate: terms.interestRate,
    overdraft_rate: terms.overdraftRate,
    monthly_fee: toJsonMinor(terms.monthlyFeeMinor),
    minimum_balance: toJsonMinor(terms.minimumBalanceMinor),
  };
}
