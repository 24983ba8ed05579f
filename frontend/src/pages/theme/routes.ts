import { isTheme, THEME_COOKIE } from '../../theme.ts';
import { backFromSwitch, switchedTo } from '../footer-switch.ts';
import { redirectTo } from '../page.ts';
import { pageRouter } from '../router.ts';

const A_YEAR_MS = 365 * 24 * 3600 * 1000;

/** The choice between light, dark and the device's own look, in every page's footer. */
export function themePages(options: { https: boolean }) {
  const router = pageRouter();

  router.post('/theme', async (ctx) => {
    const theme = switchedTo(ctx, 'theme');
    if (isTheme(theme)) {
      // Koa only sees the ingress's plain HTTP connection, so PUBLIC_URL decides whether the cookie is secure.
      ctx.cookies.secure = options.https;
      ctx.cookies.set(THEME_COOKIE, theme, {
        maxAge: A_YEAR_MS,
        sameSite: 'lax',
        httpOnly: true,
        secure: options.https,
        overwrite: true,
      });
    }
    redirectTo(ctx, await backFromSwitch(ctx));
  });

  return router;
}
