import { only, show } from '../page.ts';
import { pageRouter } from '../router.ts';
import { gatherOverview } from './gather-overview.ts';

/** A member's first page. */
export function dashboardPages() {
  const router = pageRouter();
  router.get('/dashboard', only('member'), async (ctx) => {
    show(ctx, 'dashboard.njk', { ...(await gatherOverview(ctx.state.api)) });
  });
  return router;
}
