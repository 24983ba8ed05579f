import type { PageContext } from '../../visit.ts';
import { only, reader, show } from '../page.ts';
import { pageRouter } from '../router.ts';

/** Whether the ledger adds up, and whether the log is whole. */
export function checkPages() {
  const router = pageRouter();

  router.get('/reconciliation', only('agent', 'superuser'), async (ctx) => {
    const { accounts, logging } = ctx.state.api;
    const [ledger, chain] = await Promise.all([
      reader(ctx).role === 'agent' ? accounts.reconciliation() : null,
      chainCheck(ctx, () => logging.verify()),
    ]);
    show(ctx, 'reconciliation.njk', { ledger, chain, checkedAt: new Date() });
  });

  return router;
}

/** The ledger's page stands without the log's check. */
async function chainCheck<T>(ctx: PageContext, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    ctx.state.log.warn({ err: error }, 'the log was not checked');
    return null;
  }
}
