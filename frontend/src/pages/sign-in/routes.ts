import { forgetTokens, keepTokens } from '../../session/tokens.ts';
import type { PageContext } from '../../visit.ts';
import { emptyForm, formAgain, missing, secret, text } from '../form.ts';
import { safeNext } from '../next-path.ts';
import { asRefusal, goTo, homeOf, show } from '../page.ts';
import { pageRouter } from '../router.ts';

/** Signing in and out. */
export function signInPages() {
  const router = pageRouter();

  router.get('/login', (ctx) => {
    const { user } = ctx.state.session;
    if (user !== undefined) return goTo(ctx, safeNext(nextOf(ctx), homeOf(user.role)));
    show(ctx, 'login.njk', { form: emptyForm(), next: nextOf(ctx), askCode: false });
  });

  router.post('/login', async (ctx) => {
    const askCode = ctx.state.form.has('totp');
    const errors = missing(ctx, 'username', 'password');
    if (Object.keys(errors).length > 0) {
      return show(ctx, 'login.njk', { form: formAgain(ctx, { errors }), next: nextOf(ctx), askCode });
    }
    const totp = text(ctx, 'totp').replaceAll(' ', '');
    try {
      const pair = await ctx.state.api.auth.login({
        username: text(ctx, 'username'),
        password: secret(ctx, 'password'),
        ...(totp === '' ? {} : { totp }),
      });
      // A new CSRF token with the new person: one planted before signing in is worth nothing after.
      forgetTokens(ctx.state.session);
      keepTokens(ctx.state.session, pair);
      ctx.state.sessionChanged = true;
      goTo(ctx, safeNext(nextOf(ctx), homeOf(pair.user.role)));
    } catch (error) {
      const refusal = asSignInRefusal(error);
      const asksCode = askCode || refusal.code === 'totp_required';
      // Being asked for the code the first time is no mistake of anyone's.
      const problem = refusal.code === 'totp_required' && !askCode ? {} : { refusal };
      const form = formAgain(ctx, problem, { 'code:invalid_totp': 'totp', 'code:totp_required': 'totp' });
      show(ctx, 'login.njk', { form, next: nextOf(ctx), askCode: asksCode });
      ctx.status = refusal.status;
    }
  });

  router.post('/logout', async (ctx) => {
    const { session, api, log } = ctx.state;
    if (session.tokens !== undefined) {
      await api.auth.logout().catch((err: unknown) => log.warn({ err }, 'the session was left to run out'));
    }
    forgetTokens(session);
    ctx.state.sessionChanged = true;
    goTo(ctx, '/', { kind: 'success', key: 'notices.signed_out' });
  });

  return router;
}

function nextOf(ctx: PageContext): string {
  const given = ctx.method === 'POST' ? ctx.state.form.get('next') : ctx.query.next;
  return safeNext(Array.isArray(given) ? given[0] : given, '');
}

/** Here 401 is an answer to what was typed, and not a session that ended. */
function asSignInRefusal(error: unknown) {
  const { status } = error as { status?: number };
  return status === 401 ? (error as ReturnType<typeof asRefusal>) : asRefusal(error);
}
