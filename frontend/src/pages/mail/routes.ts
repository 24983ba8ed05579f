import { problems } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { field } from '../form.ts';
import { asRefusal, redirectTo, refusalNotice, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';

const ACTIONS = ['send-again', 'discard'] as const;
const PAGE_ROWS = 50;

/** The browser may only show the mail of a preview: it runs nothing, loads nothing, and its links lead nowhere. */
const PREVIEW_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  'sandbox',
].join('; ');

/** Emails that could not be sent, for the superuser to send again or to discard. */
export function mailPages() {
  const router = pageRouter();
  const superuser = requireRole('superuser');

  router.get('/mail', superuser, async (ctx) => {
    const { mailer } = ctx.state.api;
    // The address has the id of an email with the reason, because a server's reply may have anything in it.
    const like = idOrNull(ctx.query.like);
    const reason = like === null ? undefined : (await mailer.deadLetter(like)).reason;
    const cursor = cursorOf(ctx);
    const page = await mailer.deadLetters({ limit: PAGE_ROWS, cursor, reason });
    const here = like === null ? '/mail' : `/mail?like=${like}`;
    const nextPage = page.next && `${here}${like === null ? '?' : '&'}cursor=${page.next}`;
    render(ctx, 'dead-letters.njk', { letters: page.items, reason, like, here, cursor, nextPage });
  });

  router.get('/mail/discard', superuser, async (ctx) => {
    const like = idOrNull(ctx.query.like);
    if (like === null) throw problems.not_found();
    render(ctx, 'dead-letter-discard.njk', {
      letter: await ctx.state.api.mailer.deadLetter(like),
      all: true,
    });
  });

  router.get('/mail/:id/discard', superuser, async (ctx) => {
    const letter = await ctx.state.api.mailer.deadLetter(idParam(ctx));
    render(ctx, 'dead-letter-discard.njk', { letter, all: false });
  });

  router.get('/mail/:id', superuser, async (ctx) => {
    render(ctx, 'dead-letter.njk', { letter: await ctx.state.api.mailer.deadLetter(idParam(ctx)) });
  });

  router.get('/mail/:id/preview', superuser, async (ctx) => {
    const { preview } = await ctx.state.api.mailer.deadLetter(idParam(ctx));
    if (preview === null) throw problems.not_found();
    ctx.set('Content-Security-Policy', PREVIEW_POLICY);
    ctx.set('X-Frame-Options', 'SAMEORIGIN');
    ctx.type = 'html';
    ctx.body = preview.html;
  });

  for (const action of ACTIONS) {
    router.post(`/mail/${action}`, superuser, async (ctx) => {
      const { handled, left, more } = await ctx.state.api.mailer.handleReason(action, field(ctx, 'reason'));
      const key = `notices.mails_${action === 'discard' ? 'discarded' : 'sent_again'}`;
      redirectTo(ctx, '/mail', { kind: 'success', key, values: { count: handled } });
      if (left > 0)
        redirectTo(ctx, '/mail', { kind: 'info', key: 'notices.mails_left', values: { count: left } });
      if (more) redirectTo(ctx, '/mail', { kind: 'info', key: 'notices.mails_more' });
    });

    router.post(`/mail/:id/${action}`, superuser, async (ctx) => {
      const id = idParam(ctx);
      const { mailer } = ctx.state.api;
      const key = action === 'discard' ? 'notices.mail_discarded' : 'notices.mail_sent_again';
      try {
        await (action === 'discard' ? mailer.discard(id) : mailer.sendAgain(id));
      } catch (error) {
        return redirectTo(ctx, `/mail/${id}`, refusalNotice(asRefusal(error)));
      }
      redirectTo(ctx, '/mail', { kind: 'success', key });
    });
  }

  return router;
}

function idParam(ctx: PageContext): string {
  const id = idOrNull(ctx.params.id);
  if (id === null) throw problems.not_found();
  return id;
}

/** The number of an email in its stream, which is its id. */
function idOrNull(value: unknown): string | null {
  return typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value) ? value : null;
}

function cursorOf(ctx: PageContext): string | undefined {
  return idOrNull(ctx.query.cursor) ?? undefined;
}
