import { AccountCurrency } from '@guichet/contract';
import type { PageContext } from '../../request-context.ts';
import { cursorOf } from '../cursor.ts';
import { askedForHere, proxyDocument } from '../documents.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { choice, type FormProblem, type FormView, idempotencyKey, openForm } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { pastMonths } from './rules.ts';

const LIST = '/interest-runs';
const RUNS_SHOWN = 24;
const LINES_SHOWN = 100;

/** The interest runs, their lines, and the request for one. */
export function interestRunPages() {
  const router = pageRouter();
  const agent = requireRole('agent');

  router.get(LIST, agent, (ctx) => {
    const [month = ''] = pastMonths(today(ctx));
    return showRuns(ctx, openForm(ctx, LIST, { month, currency: 'EUR' }));
  });

  router.post(LIST, agent, async (ctx) => {
    const month = choice(ctx, 'month', pastMonths(today(ctx)));
    const currency = choice(ctx, 'currency', AccountCurrency.options);
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showRuns(ctx, form));
    if (month === undefined) return refuse({ errors: { month: 'choose_one' } });
    try {
      const run = await ctx.state.api.accounts.requestInterestRun({ month, currency }, idempotencyKey(ctx));
      await finishForm(ctx, `/operations/${run.id}`, {
        kind: 'success',
        key: 'notices.interest_run_requested',
      });
    } catch (error) {
      await refuse({ refusal: asRefusal(error) });
    }
  });

  router.get(`${LIST}/:id`, agent, async (ctx) => {
    const id = idParam(ctx);
    const cursor = cursorOf(ctx);
    const { accounts } = ctx.state.api;
    const [operation, lines] = await Promise.all([
      accounts.operation(id),
      accounts.interestLines(id, { limit: LINES_SHOWN, cursor }),
    ]);
    render(ctx, 'interest-run.njk', {
      operation,
      lines: lines.items,
      here: cursor === undefined ? null : `${LIST}/${id}`,
      nextPage: lines.next && `${LIST}/${id}?cursor=${lines.next}`,
    });
  });

  router.get(
    `${LIST}/:id/lines.csv`,
    agent,
    (ctx, next) => askedForHere(`${LIST}/${idParam(ctx)}`)(ctx, next),
    (ctx) =>
      proxyDocument(ctx, 'accounts', {
        path: `/api/interest-runs/${idParam(ctx)}/lines`,
        query: { format: 'csv' },
      }),
  );

  return router;
}

const today = (ctx: PageContext) => ctx.state.views.calendar.dateOf(new Date());

async function showRuns(ctx: PageContext, form: FormView): Promise<void> {
  const { items } = await ctx.state.api.accounts.operations({ type: 'interest_run', limit: RUNS_SHOWN });
  render(ctx, 'interest-runs.njk', {
    runs: items,
    form,
    months: pastMonths(today(ctx)),
    currencies: AccountCurrency.options,
  });
}
