import { isLocale } from '../../i18n.ts';
import { LANGUAGE_COOKIE } from '../../request-context.ts';
import { keepTyped } from '../drafts.ts';
import { field } from '../form.ts';
import { safeNext } from '../next-path.ts';
import { redirectTo, render } from '../page.ts';
import { pageRouter } from '../router.ts';

const A_YEAR_MS = 365 * 24 * 3600 * 1000;

/** The home page, and the language switch in every page's footer. */
export function frontPages(options: { https: boolean }) {
  const router = pageRouter();

  router.get('/', (ctx) => render(ctx, 'front.njk'));

  router.post('/language', async (ctx) => {
    // The footer's buttons send the page's main form, if it has one, so that what was typed isn't lost.
    const action = safeNext(textOf(ctx.query.form), '');
    const language = action === '' ? field(ctx, 'language') : textOf(ctx.query.to);
    if (isLocale(language)) {
      // Koa only sees the ingress's plain HTTP connection, so PUBLIC_URL decides whether the cookie is secure.
      ctx.cookies.secure = options.https;
      ctx.cookies.set(LANGUAGE_COOKIE, language, {
        maxAge: A_YEAR_MS,
        sameSite: 'lax',
        httpOnly: true,
        secure: options.https,
        overwrite: true,
      });
      const { session, api, log } = ctx.state;
      if (session.user !== undefined) {
        session.user.language = language;
        ctx.state.sessionChanged = true;
        await api.auth
          .updateProfile({ language })
          .catch((err: unknown) => log.warn({ err }, 'language could not be saved'));
      }
    }
    const { user } = ctx.state.session;
    if (action === '') return redirectTo(ctx, safeNext(field(ctx, 'next'), '/'));
    redirectTo(ctx, await keepTyped(ctx, action, user?.id ?? null));
  });

  return router;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
