import type { LogVerification } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { emptyForm, field, idempotencyKey } from '../form.ts';
import { currentUser, redirectTo, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';

/** The checks of the ledger and of the log. Opening the page starts neither, because both read everything. */
export function checkPages() {
  const router = pageRouter();

  router.get('/reconciliation', requireRole('agent', 'superuser'), (ctx) => showChecks(ctx));

  router.post('/reconciliation', requireRole('agent'), async (ctx) => {
    await ctx.state.api.accounts.reconcile(idempotencyKey(ctx), field(ctx, 'full') === 'true');
    redirectTo(ctx, '/reconciliation');
  });

  router.post('/reconciliation/log', requireRole('agent', 'superuser'), async (ctx) => {
    const result = await ctx.state.api.logging.verify();
    await showChecks(ctx, { result, checkedAt: new Date() });
  });

  return router;
}

async function showChecks(
  ctx: PageContext,
  chain: { result: LogVerification; checkedAt: Date } | null = null,
): Promise<void> {
  const ledger =
    currentUser(ctx).role === 'agent'
      ? await settle(ctx, 'ledger_check', ctx.state.api.accounts.reconciliation())
      : null;
  render(ctx, 'reconciliation.njk', { ledger, chain, form: emptyForm() });
}
