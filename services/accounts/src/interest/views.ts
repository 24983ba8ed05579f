import type { InterestLine as LineShown } from '@guichet/contract/accounts';
import { csvHeader, csvRecords } from '@guichet/csv';
import { queryOnce, type Readable } from '@guichet/database';
import { toDecimal, toJsonMinor } from '@guichet/money';
import type { InterestRun } from '../products/interest-run.ts';
import { type LineRow, listLines } from '../products/run-store.ts';

/** A line as agents see it. */
export function viewLine(line: LineRow, { currency }: InterestRun): LineShown {
  return {
    id: line.id,
    account_id: line.accountId,
    owner_name: line.ownerName,
    iban: line.iban,
    type: line.kind,
    amount: toJsonMinor(line.amountMinor),
    currency,
    status: line.status,
    reason: line.reason,
  };
}

const HEADER = ['account_id', 'owner_name', 'iban', 'type', 'amount', 'currency', 'status', 'reason'];
const ROWS_AT_ONCE = 1_000;

/** All lines of a run as CSV, page by page; amounts in units of the currency. */
export async function* writeLinesCsv(db: Readable, run: InterestRun): AsyncGenerator<string> {
  yield csvHeader(HEADER);
  for (let from = 0; from < run.count; from += ROWS_AT_ONCE) {
    const page = await queryOnce(db, listLines(run.operationId, { from, limit: ROWS_AT_ONCE }));
    yield csvRecords(
      page
        .slice(0, ROWS_AT_ONCE)
        .map((line) => [
          line.accountId,
          line.ownerName,
          line.iban,
          line.kind,
          { decimal: toDecimal(line.amountMinor, run.currency) },
          run.currency,
          line.status,
          line.reason,
        ]),
    );
  }
}
