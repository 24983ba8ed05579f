import type { Account, Operation } from '@guichet/contract/accounts';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import {
  emptyForm,
  type FormProblem,
  type FormView,
  field,
  idempotencyKey,
  missingFields,
  openForm,
} from '../form.ts';
import { groupByDay } from '../group-by-day.ts';
import { idParam } from '../ids.ts';
import { openList } from '../lists/open-list.ts';
import { readAmount, readAmountOrZero } from '../money/rules.ts';
import { asRefusal, redirectTo, refusalNotice, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';
import { CHART } from './charts.ts';
import { loadCharts } from './load-charts.ts';
import { loadRequests } from './load-requests.ts';
import { lastMonths } from './months.ts';
import { isRequestOfOwner } from './own-requests.ts';

/** The page of an account: its transactions, and what its owner or an agent can do with it. */
export function accountPages() {
  const router = pageRouter();

  router.get('/accounts/:id', requireRole('member', 'agent'), (ctx) => showAccount(ctx));

  router.post('/accounts/:id/name', requireRole('member'), async (ctx) => {
    const id = idParam(ctx);
    const refuse = (problem: FormProblem) =>
      refuseForm(ctx, problem, (rename) => showAccount(ctx, { rename }));
    const errors = missingFields(ctx, 'name');
    if (Object.keys(errors).length > 0) return refuse({ errors });
    try {
      await ctx.state.api.accounts.rename(id, field(ctx, 'name'));
      await finishForm(ctx, `/accounts/${id}`, { kind: 'success', key: 'notices.account_renamed' });
    } catch (error) {
      await refuse({ refusal: asRefusal(error) });
    }
  });

  router.get('/accounts/:id/renew-rib', requireRole('member'), async (ctx) => {
    const account = await ctx.state.api.accounts.account(idParam(ctx));
    const requested = (await loadRequests(ctx, account))?.find(({ type }) => type === 'renew_rib') ?? null;
    render(ctx, 'account-confirm.njk', { account, requested, form: emptyForm() });
  });

  router.post('/accounts/:id/renew-rib', requireRole('member'), async (ctx) => {
    const id = idParam(ctx);
    try {
      const operation = await ctx.state.api.accounts.renewRib(id, idempotencyKey(ctx));
      const notice = { kind: 'success', key: 'notices.rib_requested' } as const;
      await finishForm(ctx, `/operations/${operation.id}`, notice);
    } catch (error) {
      const refusal = asRefusal(error);
      // After a request from another tab, the page of the form links to it.
      const page = refusal.code === 'already_requested' ? ctx.path : `/accounts/${id}`;
      redirectTo(ctx, page, refusalNotice(refusal));
    }
  });

  router.post('/accounts/:id/overdraft', requireRole('agent'), async (ctx) => {
    const account = await ctx.state.api.accounts.account(idParam(ctx));
    const amount = readAmountOrZero(field(ctx, 'overdraft'), account.currency);
    const refuse = (problem: FormProblem) =>
      refuseForm(ctx, { ...problem, page: settingsPage(ctx, account) }, (overdraft) =>
        showAccount(ctx, { overdraft }),
      );
    if ('error' in amount) return refuse({ errors: { overdraft: amount.error } });
    try {
      const key = idempotencyKey(ctx);
      const set = await ctx.state.api.accounts.setOverdraft(account.id, Number(amount.amountMinor), key);
      await afterChange(ctx, settingsPage(ctx, account), set, 'overdraft');
    } catch (error) {
      const fieldOf = { 'code:overdraft_in_use': 'overdraft', amount: 'overdraft' };
      await refuse({ refusal: asRefusal(error), fieldOf });
    }
  });

  router.post('/accounts/:id/limits', requireRole('agent'), async (ctx) => {
    const account = await ctx.state.api.accounts.account(idParam(ctx));
    const refuse = (problem: FormProblem) =>
      refuseForm(ctx, { ...problem, page: settingsPage(ctx, account) }, (limits) =>
        showAccount(ctx, { limits }),
      );
    const operation = readLimit(field(ctx, 'operation'), account);
    const day = readLimit(field(ctx, 'day'), account);
    if ('error' in operation || 'error' in day) {
      const errors = {
        ...('error' in operation ? { operation: operation.error } : {}),
        ...('error' in day ? { day: day.error } : {}),
      };
      return refuse({ errors });
    }
    try {
      const limits = { operation: operation.limit, day: day.limit };
      const set = await ctx.state.api.accounts.setLimits(account.id, limits, idempotencyKey(ctx));
      await afterChange(ctx, settingsPage(ctx, account), set, 'limits');
    } catch (error) {
      await refuse({ refusal: asRefusal(error) });
    }
  });

  return router;
}

/** The page that shows the forms for an account's overdraft and limits: its own, or its owner's. */
function settingsPage(ctx: PageContext, { id, owner_id: ownerId }: Account): string {
  return field(ctx, 'shown_on') === 'customer' ? `/customers/${ownerId}` : `/accounts/${id}`;
}

/** A change that needs a second agent becomes a pending operation. */
function afterChange(
  ctx: PageContext,
  page: string,
  result: Account | Operation,
  what: 'overdraft' | 'limits',
): Promise<void> {
  const [path, outcome] = 'requester' in result ? [`/operations/${result.id}`, 'requested'] : [page, 'set'];
  return finishForm(ctx, path, { kind: 'success', key: `notices.${what}_${outcome}` });
}

/** An empty field means that the bank's default applies. */
function readLimit(typed: string, account: Account): { limit: number | null } | { error: string } {
  if (typed === '') return { limit: null };
  const read = readAmount(typed, account.currency);
  return 'error' in read ? read : { limit: Number(read.amountMinor) };
}

async function showAccount(
  ctx: PageContext,
  forms: { rename?: FormView; overdraft?: FormView; limits?: FormView } = {},
): Promise<void> {
  const id = idParam(ctx);
  const { accounts } = ctx.state.api;
  const list = openList(ctx, 'entries', `/accounts/${id}`);
  const { values, cursor, limit } = list;
  const account = await accounts.account(id);
  const { query, errors } = amountsInMinor(values, account.currency);
  const isFiltered = Object.keys(values).length > 0;
  const [history, requests, charts, products] = await Promise.all([
    settle(ctx, 'history', accounts.transactions(id, { limit, ...query, cursor })),
    loadRequests(ctx, account),
    isFiltered || cursor !== undefined ? null : loadCharts(ctx, account),
    settle(ctx, 'accounts', accounts.products()),
  ]);
  const typed = ctx.state.views.formatsOf(ctx.state.locale).typedAmount;
  render(ctx, 'account.njk', {
    account,
    product: products?.items.find(({ code }) => code === account.product) ?? null,
    days:
      history === null
        ? null
        : groupByDay(history.items, (entry) => entry.posted_at, ctx.state.views.calendar),
    isRequestOfOwner,
    requests,
    charts,
    chartSize: CHART,
    list,
    filterErrors: errors,
    filtered: isFiltered,
    nextPage: list.nextHref(history?.next),
    months: lastMonths(account.opened_at, ctx.state.views.calendar),
    rename: forms.rename ?? openForm(ctx, `/accounts/${id}/name`, { name: account.name }),
    overdraft:
      forms.overdraft ??
      openForm(ctx, `/accounts/${id}/overdraft`, { overdraft: typed(account.overdraft, account.currency) }),
    limits:
      forms.limits ??
      openForm(ctx, `/accounts/${id}/limits`, {
        operation: typed(account.limits?.operation, account.currency),
        day: typed(account.limits?.day, account.currency),
      }),
  });
}

/** Converts typed amounts to minor units. An ambiguous one is left out and reported at its field. */
function amountsInMinor(filters: Record<string, string>, currency: string) {
  const query: Record<string, string> = { ...filters };
  const errors: Record<string, string> = {};
  for (const name of ['min_amount', 'max_amount']) {
    const typed = filters[name];
    if (typed === undefined) continue;
    const read = readAmountOrZero(typed, currency);
    if ('error' in read) {
      delete query[name];
      errors[name] = read.error;
    } else {
      query[name] = String(read.amountMinor);
    }
  }
  return { query, errors };
}
