import type { Entry, Statement } from '@guichet/contract/accounts';
import { csvHeader, csvRecords } from '@guichet/csv';
import { toDecimal } from '@guichet/money';
import type { Locale } from '../../i18n.ts';
import type { Views } from '../../rendering/views.ts';

/** A statement as a spreadsheet takes it: amounts in units with the currency's decimals, headings and types in the reader's language. */
export function statementCsv({ account, entries }: Statement, views: Views, locale: Locale): string {
  const text = (key: string) => views.t(locale, key, key);
  const amount = (minor: number) => ({ decimal: toDecimal(BigInt(minor), account.currency) });
  const record = (entry: Entry) => [
    views.calendar.dateOf(new Date(entry.posted_at)),
    views.t(locale, `operation_types.${entry.type}`, entry.type),
    entry.counterparty?.name ?? null,
    entry.counterparty?.iban ?? null,
    entry.reference,
    amount(entry.amount),
    amount(entry.balance_after),
    entry.currency,
  ];
  const headings = ['date', 'type', 'counterparty', 'iban', 'reference', 'amount', 'balance', 'currency'];
  return csvHeader(headings.map((name) => text(`statement.csv.${name}`))) + csvRecords(entries.map(record));
}

const NAME_LENGTH_MAX = 60;

/** "Relevé Compte joint 2026-10", without what a file's name can't hold on one system or another. */
export function statementFileName(
  account: { name: string },
  month: string,
  views: Views,
  locale: Locale,
): string {
  const name = account.name
    .normalize('NFC')
    // Separators, control and format characters (which can turn the text around), and what Windows reserves.
    .replace(/[\p{C}\p{Zl}\p{Zp}/\\:*?"<>|%]/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.]+|[\s.]+$/g, '');
  const short = [...name].slice(0, NAME_LENGTH_MAX).join('').trim();
  return `${[views.t(locale, 'statement.file', 'Statement'), short, month].filter(Boolean).join(' ')}.csv`;
}
