import { isLocale } from '../../i18n.ts';
import { LANGUAGE_COOKIE } from '../../request-context.ts';
import { backFromSwitch, switchedTo } from '../footer-switch.ts';
import { redirectTo, render } from '../page.ts';
import { pageRouter } from '../router.ts';

const A_YEAR_MS = 365 * 24 * 3600 * 1000;

/** The home page, and the language switch in every page's footer. */
export function frontPages(options: { https: boolean }) {
  const router = pageRouter();

  router.get('/', (ctx) => render(ctx, 'front.njk'));

  router.post('/language', async (ctx) => {
    const language = switchedTo(ctx, 'language');
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
    redirectTo(ctx, await backFromSwitch(ctx));
  });

  return router;
}
