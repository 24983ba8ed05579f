import type { PageContext } from '../../request-context.ts';
import { clearTokens, storeTokens } from '../../session/tokens.ts';
import { emptyForm, field, missingFields, rawField, refillForm } from '../form.ts';
import { safeNext } from '../next-path.ts';
import { asRefusal, homePath, redirectTo, render } from '../page.ts';
import { pageRouter } from '../router.ts';

/** Signing in and out. */
export function signInPages() {
  const router = pageRouter();

  router.get('/login', (ctx) => {
    const { user } = ctx.state.session;
    if (user !== undefined) return redirectTo(ctx, safeNext(nextOf(ctx), homePath(user.role)));
    render(ctx, 'login.njk', { form: emptyForm(), next: nextOf(ctx), codeRequired: false });
  });

  router.post('/login', async (ctx) => {
    const codeRequired = ctx.state.form.has('totp');
    const errors = missingFields(ctx, 'username', 'password');
    if (Object.keys(errors).length > 0) {
      return render(ctx, 'login.njk', { form: refillForm(ctx, { errors }), next: nextOf(ctx), codeRequired });
    }
    const totp = field(ctx, 'totp').replaceAll(' ', '');
    try {
      const pair = await ctx.state.api.auth.login({
        username: field(ctx, 'username'),
        password: rawField(ctx, 'password'),
        ...(totp === '' ? {} : { totp }),
      });
      // Signing in resets the CSRF token, so that one planted before is worthless.
      clearTokens(ctx.state.session);
      storeTokens(ctx.state.session, pair);
      ctx.state.sessionChanged = true;
      redirectTo(ctx, safeNext(nextOf(ctx), homePath(pair.user.role)));
    } catch (error) {
      const refusal = asSignInRefusal(error);
      const isCodeRequired = codeRequired || refusal.code === 'totp_required';
      // The first request for a code is not an error.
      const problem = refusal.code === 'totp_required' && !codeRequired ? {} : { refusal };
      const form = refillForm(ctx, problem, { 'code:invalid_totp': 'totp', 'code:totp_required': 'totp' });
      render(ctx, 'login.njk', { form, next: nextOf(ctx), codeRequired: isCodeRequired });
      ctx.status = refusal.status;
    }
  });

  router.post('/logout', async (ctx) => {
    const { session, api, log } = ctx.state;
    if (session.tokens !== undefined) {
      await api.auth
        .logout()
        .catch((err: unknown) => log.warn({ err }, 'session could not be ended, it will expire'));
    }
    clearTokens(session);
    ctx.state.sessionChanged = true;
    // Not "cookies": the session's own is emptied here, and those for language and theme should outlive it.
    ctx.set('Clear-Site-Data', '"cache", "storage"');
    redirectTo(ctx, '/', { kind: 'success', key: 'notices.signed_out' });
  });

  return router;
}

function nextOf(ctx: PageContext): string {
  const given = ctx.method === 'POST' ? ctx.state.form.get('next') : ctx.query.next;
  return safeNext(Array.isArray(given) ? given[0] : given, '');
}

/** On this page, 401 means wrong credentials, not an ended session. */
function asSignInRefusal(error: unknown) {
  const { status } = error as { status?: number };
  return status === 401 ? (error as ReturnType<typeof asRefusal>) : asRefusal(error);
}
