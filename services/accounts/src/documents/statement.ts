import type { AccountWithInterest } from '../accounts/store.ts';
import type { Deps } from '../deps.ts';
import { balanceOfNumber, entriesBetween, numberBefore, type ShownEntry } from '../ledger/history-store.ts';

/** An account's month, `2026-10` of the bank's time zone: the opening balance, each entry, and the closing balance. */
export interface Statement {
  account: AccountWithInterest;
  month: string;
  period: { from: Date; to: Date };
  issuedAt: Date;
  openingMinor: bigint;
  closingMinor: bigint;
  /** Oldest first. Each call reads them from the ledger, a few hundred at a time, so that no month fills the memory. */
  entries(): AsyncIterable<ShownEntry>;
}

const PAGE = 500;

/**
 * Opens the statement of a month. A month is a range of the account's entry numbers and ends where the next month begins, so that each entry is in
 * exactly one month and the balances agree, even if entries are posted meanwhile.
 */
export async function openStatement(
  deps: Deps,
  account: AccountWithInterest,
  month: string,
): Promise<Statement> {
  const { db } = deps;
  const period = deps.rules.calendar.month(month);
  const [before, last] = await Promise.all([
    numberBefore(db, account.id, period.from),
    numberBefore(db, account.id, period.to),
  ]);
  const [openingMinor, closingMinor] = await Promise.all([
    balanceOfNumber(db, account.id, before),
    balanceOfNumber(db, account.id, last),
  ]);
  return {
    account,
    month,
    period,
    issuedAt: deps.clock(),
    openingMinor,
    closingMinor,
    async *entries() {
      for (let after = before; after < last; after += BigInt(PAGE)) {
        const through = after + BigInt(PAGE);
        yield* await entriesBetween(db, account, after, through < last ? through : last);
      }
    },
  };
}
