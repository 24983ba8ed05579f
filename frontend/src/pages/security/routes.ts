import { idParam } from '../ids.ts';
import { asRefusal, redirectTo, refusalNotice, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';
import { leaveBrowser } from '../sign-in/leave-browser.ts';
import { performOn } from './perform-on.ts';
import { showSecurity } from './security-page.ts';
import type { ShownSecrets } from './shown-secrets.ts';

/** How a user signs in, and where they are signed in. */
export function securityPages(shown: ShownSecrets) {
  const router = pageRouter();

  router.get('/security', signedIn, (ctx) => showSecurity(ctx));

  router.post('/security/sessions/:id/revoke', signedIn, async (ctx) => {
    const revoke = () => ctx.state.api.auth.revokeSession(idParam(ctx));
    await performOn(ctx, '/security', revoke, 'notices.session_revoked');
  });

  router.post('/security/sessions/end-all', signedIn, async (ctx) => {
    try {
      await ctx.state.api.auth.signOutEverywhere();
    } catch (error) {
      return redirectTo(ctx, '/security', refusalNotice(asRefusal(error)));
    }
    leaveBrowser(ctx, 'notices.signed_out_everywhere');
  });

  router.post('/security/shown/forget', signedIn, async (ctx) => {
    const [token, webhook] = await Promise.all([shown.find(ctx, 'token'), shown.find(ctx, 'webhook')]);
    shown.forget(ctx);
    if (webhook !== null) return redirectTo(ctx, `/security/webhooks/${webhook.id}`);
    redirectTo(ctx, token === null ? '/security' : '/security/tokens');
  });

  return router;
}
