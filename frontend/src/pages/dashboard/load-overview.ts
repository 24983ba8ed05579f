import type { Page } from '@guichet/contract';
import type { Account, Entry, Operation } from '@guichet/contract/accounts';
import type { PageContext } from '../../request-context.ts';
import { isRequestOfOwner } from '../accounts/own-requests.ts';
import { settle } from '../settle.ts';
import { type Attention, attentionOf } from './attention.ts';
import { type Sparkline, sparkline } from './sparkline.ts';

export interface Overview {
  accounts: (Account & { sparkline: Sparkline | null })[];
  /** One of each currency: amounts of different currencies are never added. */
  totals: Total[];
  /** Null while it can't be loaded; so is `recent`. */
  attention: Attention | null;
  recent: RecentEntry[] | null;
}

/** `href` is the request, or the account where the member can't open it. */
type RecentEntry = Entry & { account: Account; href: string };

interface Total {
  currency: string;
  balance: number;
  held: number;
  available: number;
}

/** Histories are only loaded for this many accounts. */
const ACCOUNTS_WITH_HISTORY = 8;
const ENTRIES_EACH = 30;
const RECENT = 10;
const WAITING = 50;
const ENDED = 20;
/** A request can wait for a month, and its end is shown for two weeks. */
const ENDED_SINCE_MS = 50 * 24 * 3_600_000;

/** Loads the dashboard with concurrent requests. Only the accounts must be there. */
export async function loadOverview(ctx: PageContext, now = new Date()): Promise<Overview> {
  const client = ctx.state.api.accounts;
  const requests = (status: Operation['status'], filter: Record<string, string | number>) =>
    settle(ctx, 'requests', client.operations({ status, ...filter }));
  const since = new Date(now.getTime() - ENDED_SINCE_MS).toISOString();
  const [all, pending, approved, rejected, expired] = await Promise.all([
    client.list({ limit: 200 }),
    requests('pending', { limit: WAITING }),
    requests('approved', { limit: WAITING }),
    requests('rejected', { limit: ENDED, from: since }),
    requests('expired', { limit: ENDED, from: since }),
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
  const totals = totalsOf(open);

  return {
    accounts: shown.map((account) => ({
      ...account,
      sparkline: sparkline(
        [...(entriesOf.get(account.id) ?? [])].reverse().map((entry) => entry.balance_after),
      ),
    })),
    totals,
    attention:
      pending === null || approved === null || rejected === null || expired === null
        ? null
        : attentionOf(
            {
              ...waitingOf(pending, approved),
              ended: [...rejected.items, ...expired.items],
            },
            {
              held: totals.map(({ currency, held }) => ({ currency, amountMinor: held })),
              entries: [...entriesOf.values()].flat(),
            },
            now,
          ),
    recent: histories.some((history) => history === null)
      ? null
      : open
          .flatMap((account) => (entriesOf.get(account.id) ?? []).map((entry) => recentEntry(entry, account)))
          .toSorted((a, b) => b.posted_at.localeCompare(a.posted_at))
          .slice(0, RECENT),
  };
}

function recentEntry(entry: Entry, account: Account): RecentEntry {
  const href = isRequestOfOwner(entry) ? `/operations/${entry.operation_id}` : `/accounts/${account.id}`;
  return { ...entry, account, href };
}

function waitingOf(...pages: Page<Operation>[]): { waiting: Operation[]; isComplete: boolean } {
  return {
    waiting: pages.flatMap(({ items }) => items),
    isComplete: pages.every(({ next }) => next === null),
  };
}

function totalsOf(accounts: readonly Account[]): Total[] {
  const totals = new Map<string, Total>();
  for (const { currency, balance, held, available } of accounts) {
    const total = totals.get(currency) ?? { currency, balance: 0, held: 0, available: 0 };
    total.balance += balance;
    total.held += held;
    total.available += available;
    totals.set(currency, total);
  }
  return [...totals.values()];
}
