import { csvHeader, csvRecords } from '@guichet/csv';
import { toDecimal } from '@guichet/money';
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

/** A statement as CSV, line by line; amounts in units of the currency. */
export async function* writeStatementCsv(statement: Statement): AsyncGenerator<string> {
  yield csvHeader(HEADER);
  for await (const entry of statement.entries()) {
    const amount = (minor: bigint) => ({ decimal: toDecimal(minor, entry.currency) });
    yield csvRecords([
      [
        entry.postedAt.toISOString(),
        entry.kind,
        amount(entry.amountMinor),
        entry.currency,
        amount(entry.balanceAfterMinor ?? 0n),
        entry.counterpartyName,
        entry.counterpartyIban,
        entry.reference,
        entry.transferId,
      ],
    ]);
  }
}
