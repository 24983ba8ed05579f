import { dateFormat } from '@guichet/calendar';
import { formatMoney, MAX_AMOUNT_MINOR, minorDigits, toDecimal } from '@guichet/money';
import type { Locale } from '../i18n.ts';

/** Formats amounts, times and account numbers for one language. */
export interface Formats {
  /** Minor units as money: 123456 → "€1,234.56", "1 234,56 €". */
  money(minor: number | bigint | null | undefined, currency?: string): string;
  /** As money, with a plus sign for credits. */
  signedMoney(minor: number | bigint, currency?: string): string;
  /** Minor units as a person would type them into a form: "1234.56", "1234,56". */
  typedAmount(minor: number | bigint | null | undefined, currency?: string): string;
  /** What the texts of a field for amounts in `currency` need. */
  amountTexts(currency?: string): AmountTexts;
  /** Minor units as money for the scale of a chart: "€1.2k", "1,2 k €". */
  shortMoney(minor: number, currency: string): string;
  number(value: number): string;
  /** Basis points as a percentage: 250 → "2.5%", "2,5 %". */
  percent(basisPoints: number): string;
  date(time: string | Date | null | undefined): string;
  /** A day of the bank, `2026-11-20`. */
  day(date: string | null | undefined): string;
  dateTime(time: string | Date | null | undefined): string;
  /** With seconds, for log entries. */
  exactTime(time: string | Date | null | undefined): string;
  /** "2026-11-20 09:15:00", for spreadsheets. */
  sortableTime(time: string | Date): string;
  month(time: string | Date): string;
  /** "Nov", "nov." */
  shortMonth(time: string | Date): string;
  /** "Friday, 20 November 2026", for the heading of a day. */
  weekday(time: string | Date): string;
  timeOfDay(time: string | Date): string;
}

interface AmountTexts {
  /** How many decimals the currency has. */
  count: number;
  /** An amount with all its decimals: "1234.56", "1234", "1234,567". */
  example: string;
  /** Nothing, as it would be typed: "0.00", "0", "0,000". */
  zero: string;
  /** The most that one operation may move. */
  limit: string;
}

/** British English, which puts the day before the month as in France. */
const TAGS: Record<Locale, string> = { en: 'en-GB', fr: 'fr-FR' };

/** Formatters are created once: creating an Intl object costs more than rendering a page. */
export function createFormats(locale: Locale, timeZone: string): Formats {
  const tag = TAGS[locale];
  const times = (
    options: Intl.DateTimeFormatOptions,
  ): ((time: string | Date | null | undefined) => string) => {
    const format = dateFormat(tag, { timeZone, ...options });
    return (time) => (time === null || time === undefined ? '' : format(new Date(time)));
  };
  const day = dateFormat(tag, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });
  const number = new Intl.NumberFormat(tag);
  const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 2 });
  // Swedish writes dates as ISO 8601 does.
  const sortable = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const money: Formats['money'] = (minor, currency = 'EUR') =>
    minor === null || minor === undefined ? '' : withMinus(formatMoney(BigInt(minor), currency, tag));

  const typedAmount: Formats['typedAmount'] = (minor, currency = 'EUR') => {
    if (minor === null || minor === undefined) return '';
    const decimal = toDecimal(BigInt(minor), currency);
    return locale === 'fr' ? decimal.replace('.', ',') : decimal;
  };

  return {
    money,
    signedMoney: (minor, currency) => (minor > 0 ? `+${money(minor, currency)}` : money(minor, currency)),
    typedAmount,
    amountTexts: (currency = 'EUR') => {
      const count = minorDigits(currency);
      return {
        count,
        example: typedAmount(BigInt('1234567'.slice(0, 4 + count)), currency),
        zero: typedAmount(0, currency),
        limit: money(MAX_AMOUNT_MINOR, currency),
      };
    },
    shortMoney: (minor, currency) => {
      const options = { style: 'currency', currency, notation: 'compact', maximumFractionDigits: 1 } as const;
      const units = minor / 10 ** minorDigits(currency);
      return withMinus(new Intl.NumberFormat(tag, { ...options, minimumFractionDigits: 0 }).format(units));
    },
    number: (value) => number.format(value),
    percent: (basisPoints) => percent.format(basisPoints / 10_000),
    date: times({ day: 'numeric', month: 'short', year: 'numeric' }),
    day: (date) => (date === null || date === undefined ? '' : day(new Date(`${date}T00:00:00Z`))),
    dateTime: times({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' }),
    exactTime: times({
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    }),
    sortableTime: (time) => sortable.format(new Date(time)),
    month: times({ month: 'long', year: 'numeric' }),
    shortMonth: times({ month: 'short' }),
    weekday: times({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    timeOfDay: times({ hour: '2-digit', minute: '2-digit' }),
  };
}

/** Uses a real minus sign, which aligns with the plus sign; a hyphen does not. */
function withMinus(amount: string): string {
  return amount.replace('-', '\u2212');
}
