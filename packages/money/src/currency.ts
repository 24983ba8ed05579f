/** Currencies in which accounts may be opened, with their minor digits (ISO 4217). */
export const CURRENCIES = { EUR: 2, USD: 2, GBP: 2, CHF: 2, JPY: 0 } as const;
export type Currency = keyof typeof CURRENCIES;

/** Digits after the decimal mark: 2 for EUR, 0 for JPY, 3 for KWD. Two for a code that isn't a currency. */
export function minorDigits(currency: string): number {
  return CURRENCIES[currency as Currency] ?? minorDigitsElsewhere(currency);
}

const digitsElsewhere = new Map<string, number>();

/** For currencies in which no account can be opened, as ICU knows them. */
function minorDigitsElsewhere(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency) || currency === 'XXX') return 2;
  let digits = digitsElsewhere.get(currency);
  if (digits === undefined) {
    const options = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
    digits = options.maximumFractionDigits ?? 2;
    digitsElsewhere.set(currency, digits);
  }
  return digits;
}

/** Minor units in the format of `locale`: formatMoney(123456n, 'EUR', 'fr') is "1 234,56 €". Never through a float. */
export function formatMoney(amountMinor: bigint, currency: string, locale: string): string {
  const decimal = toDecimal(amountMinor, currency);
  return formatter(currency, locale).format(decimal as Intl.StringNumericLiteral);
}

/** As `formatMoney`, without the currency's sign: for columns whose heading names it. */
export function formatAmount(amountMinor: bigint, currency: string, locale: string): string {
  const decimal = toDecimal(amountMinor, currency);
  return formatter(currency, locale)
    .formatToParts(decimal as Intl.StringNumericLiteral)
    .filter(({ type }) => type !== 'currency' && type !== 'literal')
    .map(({ value }) => value)
    .join('');
}

const SYMBOLS: Readonly<Record<Currency, string>> = { EUR: '€', USD: '$', GBP: '£', CHF: 'CHF', JPY: '¥' };

/**
 * Parses an amount that a person typed, to minor units: "1 234,56", "1234.56 €", "1.234,56", "1,234.56", "12".
 * @returns null if it is not an amount, could mean two amounts, has more decimals than the currency, or names another currency; never rounds
 */
export function parseMoney(typed: string, currency: string): bigint | null {
  const digits = minorDigits(currency);
  const text = withoutCurrency(typed.trim(), currency).replace(/\s/g, ' ').replace(/’/g, "'");
  const match = /^(\d{1,3}(?:([.,' ])\d{3}(?:\2\d{3})*)?|\d+)(?:([.,])(\d+))?$/.exec(text);
  if (match === null) return null;
  const [, whole = '', grouping, mark, fraction = ''] = match;
  if (grouping === '.' || grouping === ',') {
    if (mark === grouping) return null;
    const isLoneGroup = mark === undefined && whole.split(grouping).length === 2;
    // "1.234" alone is ambiguous, so it is refused; only for a currency with three decimals is it a complete amount.
    if (isLoneGroup && digits !== 3) return null;
    if (isLoneGroup) return BigInt(whole.replace(grouping, ''));
  }
  if (fraction.length > digits) return null;
  return BigInt(whole.replace(/\D/g, '') + fraction.padEnd(digits, '0'));
}

function withoutCurrency(text: string, currency: string): string {
  const symbol = SYMBOLS[currency as Currency] ?? currency;
  const country = currency.slice(0, 2);
  // British English writes US$, French $US.
  for (const sign of [currency, country + symbol, symbol + country, symbol]) {
    if (text.toUpperCase().endsWith(sign)) return text.slice(0, -sign.length).trimEnd();
    if (text.toUpperCase().startsWith(sign)) return text.slice(sign.length).trimStart();
  }
  return text;
}

/** Minor units as a plain decimal number, for files that programs read: toDecimal(-1250n, 'EUR') is "-12.50". */
export function toDecimal(amountMinor: bigint, currency: string): string {
  const digits = minorDigits(currency);
  const sign = amountMinor < 0n ? '-' : '';
  const text = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

const formatters = new Map<string, Intl.NumberFormat>();

// Creating one takes sixty times as long as using it.
function formatter(currency: string, locale: string): Intl.NumberFormat {
  const key = `${currency} ${locale}`;
  let made = formatters.get(key);
  if (made === undefined) {
    const digits = minorDigits(currency);
    made = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    if (formatters.size >= 100) formatters.clear();
    formatters.set(key, made);
  }
  return made;
}
