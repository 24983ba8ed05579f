import type { ChainCheck } from '../../clients/logging.ts';
import type { PageContext } from '../../visit.ts';
import { emptyForm, idempotencyKey } from '../form.ts';
import { goTo, only, reader, show } from '../page.ts';
import { pageRouter } from '../router.ts';

/** The checks of the ledger and of the log. Opening the page starts neither, because both read everything. */
export function checkPages() {
  const router = pageRouter();

  router.get('/reconciliation', only('agent', 'superuser'), (ctx) => showChecks(ctx));

  router.post('/reconciliation', only('agent'), async (ctx) => {
    await ctx.state.api.accounts.reconcile(idempotencyKey(ctx));
    goTo(ctx, '/reconciliation');
  });

  router.post('/reconciliation/log', only('agent', 'superuser'), async (ctx) => {
    const result = await ctx.state.api.logging.verify();
    await showChecks(ctx, { result, checkedAt: new Date() });
  });

  return router;
}

async function showChecks(
  ctx: PageContext,
  chain: { result: ChainCheck; checkedAt: Date } | null = null,
): Promise<void> {
  const ledger = reader(ctx).role === 'agent' ? await ctx.state.api.accounts.reconciliation() : null;
  show(ctx, 'reconciliation.njk', { ledger, chain, form: emptyForm() });
}
