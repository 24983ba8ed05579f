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

/** A statement as CSV (RFC 4180, commas, a header); no cell that a spreadsheet would take for a formula. */
export function writeStatementCsv(statement: Statement): string {
  const rows = statement.entries.map((entry) => [
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
  return [HEADER, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
