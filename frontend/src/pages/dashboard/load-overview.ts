import type { Account, Entry, Operation } from '@guichet/contract/accounts';
import type { PageContext } from '../../request-context.ts';
import { settle } from '../settle.ts';
import { type Sparkline, sparkline } from './sparkline.ts';

export interface Overview {
  accounts: (Account & { sparkline: Sparkline | null })[];
  totals: { currency: string; balance: number; held: number }[];
  /** Null while they can't be loaded, as `recent`. */
  waiting: Operation[] | null;
  recent: (Entry & { account: Account })[] | null;
}

/** Histories are only loaded for this many accounts. */
const ACCOUNTS_WITH_HISTORY = 8;
const ENTRIES_EACH = 30;
const RECENT = 10;

/** Loads the dashboard with concurrent requests. Only the accounts must be there. */
export async function loadOverview(ctx: PageContext): Promise<Overview> {
  const client = ctx.state.api.accounts;
  const [all, pending, approved] = await Promise.all([
    client.list({ limit: 200 }),
    settle(ctx, 'requests', client.operations({ status: 'pending', limit: 10 })),
    settle(ctx, 'requests', client.operations({ status: 'approved', limit: 5 })),
  ]);
  const shown = all.items.filter((account) => account.status === 'open' || account.status === 'pending');
  const open = shown.filter((account) => account.status === 'open');
  const followed = open.slice(0, ACCOUNTS_WITH_HISTORY);
  const histories = await Promise.all(
    followed.map((account) =>
      settle(ctx, 'history', client.transactions(account.id, { limit: ENTRIES_EACH })),
    ),
  );
  const entriesOf = new Map(followed.map((account, index) => [account.id, histories[index]?.items ?? []]));

  return {
    accounts: shown.map((account) => ({
      ...account,
      sparkline: sparkline(
        [...(entriesOf.get(account.id) ?? [])].reverse().map((entry) => entry.balance_after),
      ),
    })),
    totals: totalsOf(open),
    waiting:
      pending === null && approved === null
        ? null
        : newestFirst([...(approved?.items ?? []), ...(pending?.items ?? [])], 'created_at').slice(0, 6),
    recent: histories.some((history) => history === null)
      ? null
      : newestFirst(
          open.flatMap((account) =>
            (entriesOf.get(account.id) ?? []).map((entry) => ({ ...entry, account })),
          ),
          'posted_at',
        ).slice(0, RECENT),
  };
}

function totalsOf(accounts: readonly Account[]): Overview['totals'] {
  const totals = new Map<string, { currency: string; balance: number; held: number }>();
  for (const { currency, balance, held } of accounts) {
    const total = totals.get(currency) ?? { currency, balance: 0, held: 0 };
    total.balance += balance;
    total.held += held;
    totals.set(currency, total);
  }
  return [...totals.values()];
}

function newestFirst<Key extends string, Item extends Record<Key, string>>(items: Item[], by: Key): Item[] {
  return items.sort((a, b) => (a[by] < b[by] ? 1 : -1));
}
