import { sleep } from '@guichet/time';
import type { PageMiddleware } from '../../request-context.ts';

/** The number isn't worth a wait: without it the page is complete. */
const WITHIN_MS = 500;

/** After this, a superuser's page knows how many emails could not be sent, unless the mailer doesn't say so at once. */
export const countDeadLetters: PageMiddleware = async (ctx, next) => {
  const { api, session } = ctx.state;
  const isPage = ctx.method === 'GET' && ctx.accepts('html') !== false;
  if (isPage && session.user?.role === 'superuser' && !session.mustEnrol) {
    const counted = api.mailer.deadLetters({ limit: 1 }).then(({ total }) => total);
    ctx.state.waiting = await Promise.race([counted.catch(() => null), sleep(WITHIN_MS).then(() => null)]);
  }
  await next();
};
