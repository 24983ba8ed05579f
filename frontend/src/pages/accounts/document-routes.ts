import type { Entry } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { nameDownload, proxyDocument } from '../documents.ts';
import { idParam } from '../ids.ts';
import { render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { statementCsv, statementFileName } from './statement-csv.ts';

/** The RIB and the monthly statements. */
export function accountDocumentPages() {
  const router = pageRouter();

  router.get('/accounts/:id/rib', requireRole('member', 'agent'), async (ctx) => {
    const account = await ctx.state.api.accounts.account(idParam(ctx));
    if (account.rib === null) throw problems.not_found();
    render(ctx, 'rib.njk', { account });
  });

  router.get('/accounts/:id/rib.pdf', requireRole('member', 'agent'), async (ctx) => {
    await proxyDocument(ctx, 'accounts', { path: `/api/accounts/${idParam(ctx)}/rib.pdf` });
  });

  router.get('/accounts/:id/statement', requireRole('member', 'agent'), async (ctx) => {
    const id = idParam(ctx);
    const month = String(ctx.query.month ?? '');
    if (!/^\d{4}-\d{2}$/.test(month)) throw problems.not_found();
    const { format } = ctx.query;
    if (format === 'pdf' || format === 'camt053') {
      const path = `/api/accounts/${id}/statement`;
      return proxyDocument(ctx, 'accounts', { path, query: { month, format } });
    }
    const statement = await ctx.state.api.accounts.statement(id, month);
    const { views, locale } = ctx.state;
    if (format === 'csv') {
      nameDownload(ctx, statementFileName(statement.account, month, views, locale));
      ctx.set('Content-Type', 'text/csv; charset=utf-8');
      ctx.body = statementCsv(statement, views, locale);
      return;
    }
    render(ctx, 'statement.njk', {
      account: statement.account,
      entries: statement.entries,
      opening_balance: statement.opening_balance,
      closing_balance: statement.closing_balance,
      totals: totalsOf(statement.entries),
      monthCode: month,
      monthTitle: views.formatsOf(locale).month(`${month}-15`),
    });
  });

  return router;
}

function totalsOf(entries: readonly Entry[]): { credit: number; debit: number } {
  const sum = (amounts: number[]): number => amounts.reduce((total, amount) => total + amount, 0);
  const amounts = entries.map(({ amount }) => amount);
  return {
    credit: sum(amounts.filter((amount) => amount > 0)),
    debit: sum(amounts.filter((amount) => amount < 0)),
  };
}
