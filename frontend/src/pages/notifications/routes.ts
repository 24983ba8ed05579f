import { field } from '../form.ts';
import { currentUser, redirectTo, render, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';
import { readMarkOf } from './count-news.ts';
import { loadNews } from './load-news.ts';

/** What is new for the user: what toasts tell on open pages, for users without scripts and for those who missed them. */
export function notificationPages() {
  const router = pageRouter();

  router.get('/notifications', signedIn, async (ctx) => {
    // What happens while the page is loaded or read stays new.
    const now = Date.now();
    const mark = readMarkOf(ctx);
    const news = await settle(ctx, 'news', loadNews(ctx, mark));
    ctx.state.unread = news;
    render(ctx, 'notifications.njk', { news, now });
  });

  router.post('/notifications/read', signedIn, (ctx) => {
    const sequence = wholeNumber(field(ctx, 'sequence')) ?? 0;
    const atMs = Math.min(wholeNumber(field(ctx, 'at')) ?? Date.now(), Date.now());
    ctx.state.readMarks.keep(currentUser(ctx).id, { atMs, sequence });
    redirectTo(ctx, '/notifications');
  });

  return router;
}

/** At most 15 digits, so that it is exact. */
function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
