import type { PageMiddleware } from '../../request-context.ts';
import { settle } from '../settle.ts';
import { WAITING_REGISTRATIONS } from './waiting-registrations.ts';

/** After this, an agent's page knows how many requests and registrations wait. */
export const countWaiting: PageMiddleware = async (ctx, next) => {
  const { api, session } = ctx.state;
  const isPage = ctx.method === 'GET' && ctx.accepts('html') !== false;
  // The inbox counts for itself.
  if (isPage && ctx.path !== '/inbox' && session.user?.role === 'agent' && !session.mustEnrol) {
    const [counts, registrations] = await Promise.all([
      settle(ctx, 'counts', api.accounts.inboxCounts()),
      settle(ctx, 'counts', api.auth.users({ ...WAITING_REGISTRATIONS, limit: 1 })),
    ]);
    if (counts !== null && registrations !== null)
      ctx.state.waiting = counts.mine + (registrations.total ?? 0);
  }
  await next();
};
