import { z } from 'zod';

/** Currencies in which accounts may be opened, with their minor digits (ISO 4217). */
export const CURRENCIES = { EUR: 2, USD: 2, GBP: 2, CHF: 2, JPY: 0 } as const;
export type Currency = keyof typeof CURRENCIES;

export const currencySchema = z.enum(Object.keys(CURRENCIES) as [Currency, ...Currency[]]);

/** Digits after the decimal mark: 2 for EUR, 0 for JPY. Two for a currency this bank does not know. */
export function minorDigits(currency: string): number {
  return CURRENCIES[currency as Currency] ?? 2;
}

/** Minor units as people of `locale` write them: formatMoney(123456n, 'EUR', 'fr') is "1 234,56 €". Never through a float. */
export function formatMoney(amountMinor: bigint, currency: string, locale: string): string {
  const decimal = toDecimal(amountMinor, minorDigits(currency));
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(decimal as Intl.StringNumericLiteral);
}

/**
 * What a person typed, as minor units: "1 234,56", "1234.56", "1.234,56", "1,234.56", "12".
 * @returns null where it is no amount or has more decimals than the currency; never rounds
 */
export function parseMoney(typed: string, currency: string): bigint | null {
  const digits = minorDigits(currency);
  const text = typed.normalize('NFKC').replace(/[\s'’]/g, '').replace(/(?:€|EUR|USD|GBP|CHF|JPY|\$|£)$/i, '');
  const match = /^(\d{1,3}(?:([.,])\d{3}(?:\2\d{3})*)?|\d+)(?:([.,])(\d+))?$/.exec(text);
  if (match === null) return null;
  const [, whole = '', grouping, mark, fraction = ''] = match;
  // "1.234" is one thousand two hundred and thirty-four only where a decimal mark follows or there are two groups; alone it is
  // ambiguous, and money does not guess.
  if (grouping !== undefined && (mark === grouping || (mark === undefined && whole.split(grouping).length === 2))) return null;
  if (fraction.length > digits) return null;
  return BigInt(whole.replace(/[.,]/g, '') + fraction.padEnd(digits, '0'));
}

function toDecimal(amountMinor: bigint, digits: number): string {
  const sign = amountMinor < 0n ? '-' : '';
  const text = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
