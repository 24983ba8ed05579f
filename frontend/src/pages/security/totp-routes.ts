import type { TotpSetup } from '@guichet/contract/auth';
import { renderSVG } from 'uqr';
import { withQuery } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, field, missingFields, openForm, rawField } from '../form.ts';
import { asRefusal, redirectTo, render, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';
import { forgetAction, refuseOnSecurity } from './security-page.ts';
import { idIn, type ShownSecrets } from './shown-secrets.ts';

const GONE = { kind: 'info', key: 'notices.secret_gone' } as const;

/** Setting up and removing two-factor authentication. */
export function totpPages(shown: ShownSecrets) {
  const router = pageRouter();

  router.post('/security/totp', signedIn, async (ctx) => {
    const errors = missingFields(ctx, 'password');
    if (Object.keys(errors).length > 0) return refuseOnSecurity(ctx, { errors });
    try {
      const started = await ctx.state.api.auth.startTotp(rawField(ctx, 'password'));
      await finishForm(ctx, await shown.show(ctx, '/security/totp', 'totp', started));
    } catch (error) {
      await refuseOnSecurity(ctx, {
        refusal: asRefusal(error),
        fieldOf: { 'code:wrong_password': 'password' },
      });
    }
  });

  router.get('/security/totp', signedIn, async (ctx) => {
    const started = await shown.find(ctx, 'totp');
    if (started === null) return redirectTo(ctx, '/security', GONE);
    showTotp(ctx, started, openForm(ctx, '/security/totp/confirm'));
  });

  router.post('/security/totp/confirm', signedIn, async (ctx) => {
    const started = await shown.find(ctx, 'totp');
    if (started === null) return redirectTo(ctx, '/security', GONE);
    const refuseCode = (problem: FormProblem) =>
      refuseForm(ctx, { ...problem, page: '/security/totp' }, (form) => showTotp(ctx, started, form));
    const errors = missingFields(ctx, 'code');
    if (Object.keys(errors).length > 0) return refuseCode({ errors });
    try {
      const { recovery_codes } = await ctx.state.api.auth.confirmTotp(field(ctx, 'code').replaceAll(' ', ''));
      shown.forget(ctx);
      await finishForm(ctx, await shown.show(ctx, '/security/recovery-codes', 'codes', recovery_codes));
    } catch (error) {
      await refuseCode({ refusal: asRefusal(error), fieldOf: { 'code:invalid_totp': 'code' } });
    }
  });

  router.get('/security/recovery-codes', signedIn, async (ctx) => {
    const codes = await shown.find(ctx, 'codes');
    if (codes === null) return redirectTo(ctx, '/security', GONE);
    render(ctx, 'recovery-codes.njk', { codes, action: forgetAction(ctx) });
  });

  router.post('/security/totp/remove', signedIn, async (ctx) => {
    const errors = missingFields(ctx, 'password');
    if (Object.keys(errors).length > 0) return refuseOnSecurity(ctx, { errors });
    try {
      await ctx.state.api.auth.removeTotp(rawField(ctx, 'password'));
      redirectTo(ctx, '/security', { kind: 'success', key: 'notices.totp_removed' });
    } catch (error) {
      await refuseOnSecurity(ctx, {
        refusal: asRefusal(error),
        fieldOf: { 'code:wrong_password': 'password' },
      });
    }
  });

  return router;
}

function showTotp(ctx: PageContext, { secret, otpauth_uri: uri }: TotpSetup, form: FormView): void {
  const svg = renderSVG(uri, { border: 2 });
  // An image, not markup, so that nothing auth sent becomes part of the page.
  const image = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  const action = withQuery('/security/totp/confirm', { shown: idIn(ctx) });
  render(ctx, 'totp.njk', { form, image, secret, action });
}
