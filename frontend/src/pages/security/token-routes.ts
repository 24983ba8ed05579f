import { SCOPES, scopesOf } from '@guichet/contract';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, field, missingFields, openForm, rawField } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, currentUser, render, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';
import { performOn } from './perform-on.ts';
import { forgetAction } from './security-page.ts';
import type { ShownSecrets } from './shown-secrets.ts';

const PAGE = '/security/tokens';

/** Personal API tokens. */
export function tokenPages(shown: ShownSecrets) {
  const router = pageRouter();

  router.get(PAGE, signedIn, (ctx) => showTokens(ctx));

  router.post(PAGE, signedIn, async (ctx) => {
    const chosen = ctx.state.form.getAll('scope');
    const scopes = SCOPES.filter((scope) => chosen.includes(scope));
    const days = Number(field(ctx, 'expires_in_days'));
    const errors = {
      ...missingFields(ctx, 'name', 'password'),
      ...(scopes.length > 0 ? {} : { scope: 'choose_one' }),
      ...(Number.isInteger(days) && days >= 1 && days <= 366 ? {} : { expires_in_days: 'days_range' }),
    };
    if (Object.keys(errors).length > 0) return refuse(ctx, { errors });
    try {
      const { name, token } = await ctx.state.api.auth.createToken({
        name: field(ctx, 'name'),
        scopes,
        expires_in_days: days,
        password: rawField(ctx, 'password'),
      });
      await finishForm(ctx, await shown.show(ctx, PAGE, 'token', { name, token }));
    } catch (error) {
      const fieldOf = { 'code:wrong_password': 'password' };
      await refuse(ctx, { refusal: asRefusal(error), fieldOf });
    }
  });

  router.post(`${PAGE}/:id/revoke`, signedIn, async (ctx) => {
    const revoke = () => ctx.state.api.auth.revokeToken(idParam(ctx));
    await performOn(ctx, PAGE, revoke, 'notices.token_revoked');
  });

  return router;

  async function showTokens(
    ctx: PageContext,
    form: FormView = openForm(ctx, PAGE, { expires_in_days: '90' }),
  ): Promise<void> {
    const [tokens, newToken] = await Promise.all([ctx.state.api.auth.tokens(), shown.find(ctx, 'token')]);
    render(ctx, 'tokens.njk', {
      tokens: tokens.items,
      form,
      scopes: scopesOf(currentUser(ctx).role),
      newToken,
      forgetAction: forgetAction(ctx),
    });
  }

  function refuse(ctx: PageContext, problem: FormProblem): Promise<void> {
    return refuseForm(ctx, problem, (form) => showTokens(ctx, form));
  }
}
