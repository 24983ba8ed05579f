import { render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { loadOverview } from './load-overview.ts';

/** A member's first page. */
export function dashboardPages() {
  const router = pageRouter();
  router.get('/dashboard', requireRole('member'), async (ctx) => {
    render(ctx, 'dashboard.njk', { ...(await loadOverview(ctx.state.api)) });
  });
  return router;
}
