import { toJsonMinor } from '@guichet/money';
import type { AccountWithOwner } from '../accounts/store.ts';
import { viewAccount } from '../accounts/views.ts';
import type { Bank } from '../bank.ts';
import { balanceBefore, entriesOf } from './store.ts';
import { viewEntry } from './views.ts';

export type Statement = Awaited<ReturnType<typeof makeStatement>>;

/** The statement of a month (`2026-10`, of the bank's time zone): what stood at its beginning, each entry, what stood at its end. */
export async function makeStatement(bank: Bank, account: AccountWithOwner, month: string) {
  const period = bank.rules.calendar.month(month);
  const entries = await entriesOf(bank.db, account.id, period);
  const openingMinor = await balanceBefore(bank.db, account.id, period.from);
  return {
    account: viewAccount(account, bank.rules),
    month,
    opening_balance: toJsonMinor(openingMinor),
    closing_balance: toJsonMinor(entries.at(-1)?.balanceAfterMinor ?? openingMinor),
    entries: entries.map(viewEntry),
  };
}
