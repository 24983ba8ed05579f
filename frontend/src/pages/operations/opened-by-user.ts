import { problems } from '@guichet/errors';
import type { PageMiddleware } from '../../request-context.ts';
import { idParam } from '../ids.ts';

/**
 * After this, a user opens the page. A browser that loads it ahead gets nothing, and asks again once the user is there; a HEAD request gets no more
 * than whether the operation exists. Accounts logs every agent who is shown a request.
 */
export const openedByUser: PageMiddleware = async (ctx, next) => {
  if (/\bprefetch\b/i.test(`${ctx.get('sec-purpose')} ${ctx.get('purpose')} ${ctx.get('x-moz')}`)) {
    ctx.status = 503;
    ctx.set('Cache-Control', 'no-store');
    return;
  }
  if (ctx.method !== 'HEAD') return next();
  const { items } = await ctx.state.api.accounts.operations({ ids: idParam(ctx), limit: 1 });
  if (items.length === 0) throw problems.not_found();
  ctx.status = 200;
  ctx.type = 'html';
};
