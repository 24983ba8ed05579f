import { render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { loadOverview } from './load-overview.ts';

/** The dashboard of a member. */
export function dashboardPages() {
  const router = pageRouter();
  router.get('/dashboard', requireRole('member'), async (ctx) => {
    render(ctx, 'dashboard.njk', { ...(await loadOverview(ctx)) });
  });
  return router;
}
