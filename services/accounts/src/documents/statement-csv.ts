import { viewEntry } from '../ledger/views.ts';
import type { Statement } from './statement.ts';

const HEADER = [
  'posted_at',
  'type',
  'amount',
  'currency',
  'balance_after',
  'counterparty_name',
  'counterparty_iban',
  'reference',
  'transfer_id',
];

/** A statement as CSV (RFC 4180, commas, a header), line by line; no cell that a spreadsheet would take for a formula. */
export async function* writeStatementCsv(statement: Statement): AsyncGenerator<string> {
  yield line(HEADER);
  for await (const shown of statement.entries()) {
    const entry = viewEntry(shown);
    yield line([
      entry.posted_at,
      entry.type,
      entry.amount,
      entry.currency,
      entry.balance_after,
      entry.counterparty?.name ?? '',
      entry.counterparty?.iban ?? '',
      entry.reference ?? '',
      entry.transfer_id,
    ]);
  }
}

function line(values: readonly (string | number)[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
