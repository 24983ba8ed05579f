import { setTimeout as sleep } from 'node:timers/promises';
import { isPassive, type PageContext, type PageMiddleware } from '../../request-context.ts';
import { SCRIPTS_COOKIE } from '../../scripts-cookie.ts';
import type { ReadMark } from '../../session/read-marks.ts';
import { SessionEnded } from '../../session/tokens.ts';
import { currentUser } from '../page.ts';
import { loadNews } from './load-news.ts';

/** The number isn't worth as much of the user's time as a part of the page: a quarter of it. */
const SHARE_OF_PART = 1 / 4;

/**
 * After this, the page knows how much is new for the user, unless scripts run in the browser: they count for themselves.
 */
export const countNews: PageMiddleware = async (ctx, next) => {
  const isPage = ctx.method === 'GET' && ctx.accepts('html') !== false && !isPassive(ctx);
  if (isPage && ctx.state.session.tokens !== undefined && ctx.state.session.user !== undefined) {
    const mark = readMarkOf(ctx);
    // The page of the news counts them anyway.
    if (
      ctx.cookies.get(SCRIPTS_COOKIE) === undefined &&
      !ctx.state.session.mustEnrol &&
      ctx.path !== '/notifications'
    )
      ctx.state.unread = await countWithin(ctx, mark);
  }
  await next();
};

/** How far the user has read; of a user who is new to this browser, everything until now. */
export function readMarkOf(ctx: PageContext): ReadMark {
  const { readMarks } = ctx.state;
  const user = currentUser(ctx).id;
  const known = readMarks.find(user);
  if (known !== null) return known;
  const fresh = { atMs: Date.now(), sequence: 0 };
  readMarks.keep(user, fresh);
  return fresh;
}

/** Null if a service is down or too slow: the page has more to show than the bell. */
async function countWithin(ctx: PageContext, mark: ReadMark): Promise<PageContext['state']['unread']> {
  const over = new AbortController();
  try {
    return await Promise.race([
      loadNews(ctx, mark),
      sleep(ctx.state.partWithinMs * SHARE_OF_PART, null, { signal: over.signal }),
    ]);
  } catch (error) {
    if (error instanceof SessionEnded) throw error;
    ctx.state.log.warn({ err: error }, 'page shown without the number of the bell');
    return null;
  } finally {
    over.abort();
  }
}
