import type { Account } from '@guichet/contract/accounts';
import type { PageContext } from '../../request-context.ts';
import { settle } from '../settle.ts';
import { type BalanceChart, balanceChart, type FlowChart, flowChart } from './charts.ts';
import { lastMonths } from './months.ts';

const MONTHS = 6;
const ENTRIES_MAX = 200;

/** The charts of an account's last months; each is null if it has nothing to show. */
export async function loadCharts(
  ctx: PageContext,
  account: Account,
): Promise<{ balance: BalanceChart | null; flow: FlowChart | null }> {
  const { calendar } = ctx.state.views;
  const months = lastMonths(account.opened_at, calendar).slice(0, MONTHS).toReversed();
  if (months[0] === undefined) return { balance: null, flow: null };
  const query = { from: `${months[0]}-01`, limit: ENTRIES_MAX };
  const page = await settle(ctx, 'history', ctx.state.api.accounts.transactions(account.id, query));
  if (page === null) return { balance: null, flow: null };
  const oldest = page.items.at(-1);
  // The oldest month of a list that was cut is incomplete, and would look like a quiet one.
  const whole =
    page.next === null || oldest === undefined
      ? months
      : months.filter((month) => month > calendar.monthOf(new Date(oldest.posted_at)));
  return {
    balance: balanceChart(account, page.items, new Date()),
    flow: flowChart(page.items, whole, calendar),
  };
}
