import { SCOPES } from '@guichet/contract';
import type { PageContext } from '../../request-context.ts';
import { finishForm } from '../drafts.ts';
import { field, missingFields, rawField } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, redirectTo, refusalNotice, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';
import { refuseOnSecurity, showSecurity } from './security-page.ts';
import type { ShownSecrets } from './shown-secrets.ts';

/** Sessions and personal API tokens. */
export function securityPages(shown: ShownSecrets) {
  const router = pageRouter();

  router.get('/security', signedIn, (ctx) => showSecurity(ctx, shown));

  router.post('/security/sessions/:id/revoke', signedIn, async (ctx) => {
    await performAction(ctx, () => ctx.state.api.auth.revokeSession(idParam(ctx)), 'notices.session_revoked');
  });

  router.post('/security/tokens', signedIn, async (ctx) => {
    const chosen = ctx.state.form.getAll('scope');
    const scopes = SCOPES.filter((scope) => chosen.includes(scope));
    const days = Number(field(ctx, 'expires_in_days'));
    const errors = {
      ...missingFields(ctx, 'name', 'password'),
      ...(scopes.length > 0 ? {} : { scope: 'choose_one' }),
      ...(Number.isInteger(days) && days >= 1 && days <= 366 ? {} : { expires_in_days: 'days_range' }),
    };
    if (Object.keys(errors).length > 0) return refuseOnSecurity(ctx, shown, 'token', { errors });
    try {
      const { name, token } = await ctx.state.api.auth.createToken({
        name: field(ctx, 'name'),
        scopes,
        expires_in_days: days,
        password: rawField(ctx, 'password'),
      });
      await finishForm(ctx, `${await shown.show(ctx, '/security', 'token', { name, token })}#tokens`);
    } catch (error) {
      const fieldOf = { 'code:wrong_password': 'password' };
      await refuseOnSecurity(ctx, shown, 'token', { refusal: asRefusal(error), fieldOf });
    }
  });

  router.post('/security/tokens/:id/revoke', signedIn, async (ctx) => {
    await performAction(ctx, () => ctx.state.api.auth.revokeToken(idParam(ctx)), 'notices.token_revoked');
  });

  router.post('/security/shown/forget', signedIn, async (ctx) => {
    shown.forget(ctx);
    redirectTo(ctx, '/security');
  });

  return router;
}

async function performAction(ctx: PageContext, action: () => Promise<unknown>, done: string): Promise<void> {
  try {
    await action();
    redirectTo(ctx, '/security', { kind: 'success', key: done });
  } catch (error) {
    redirectTo(ctx, '/security', refusalNotice(asRefusal(error)));
  }
}
