import { SCOPES, scopesOf } from '@guichet/contract';
import type { CreatedApiToken } from '@guichet/contract/auth';
import { type Problem, problems } from '@guichet/errors';
import { renderSVG } from 'uqr';
import type { PageContext } from '../../request-context.ts';
import { refuseForm } from '../drafts.ts';
import {
  emptyForm,
  type FormProblem,
  type FormView,
  field,
  missingFields,
  openForm,
  rawField,
  refillForm,
} from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, currentUser, redirectTo, refusalNotice, render, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';
import { nameDevice } from './name-device.ts';

/** Sessions, two-factor authentication and personal API tokens. */
export function securityPages() {
  const router = pageRouter();

  router.get('/security', signedIn, (ctx) => showSecurity(ctx));

  router.post('/security/sessions/:id/revoke', signedIn, async (ctx) => {
    await performAction(ctx, () => ctx.state.api.auth.revokeSession(idParam(ctx)), 'notices.session_revoked');
  });

  router.post('/security/totp', signedIn, async (ctx) => {
    const errors = missingFields(ctx, 'password');
    if (Object.keys(errors).length > 0) return refuse(ctx, 'totp', { errors });
    try {
      const { secret: key, otpauth_uri: uri } = await ctx.state.api.auth.startTotp(rawField(ctx, 'password'));
      showTotp(ctx, emptyForm({ secret: key, uri }));
    } catch (error) {
      const fieldOf = { 'code:wrong_password': 'password' };
      await refuse(ctx, 'totp', { refusal: asRefusal(error), fieldOf });
    }
  });

  router.post('/security/totp/confirm', signedIn, async (ctx) => {
    const errors = missingFields(ctx, 'code');
    if (Object.keys(errors).length > 0) return refuseTotp(ctx, { errors });
    try {
      const { recovery_codes } = await ctx.state.api.auth.confirmTotp(field(ctx, 'code').replaceAll(' ', ''));
      render(ctx, 'recovery-codes.njk', { codes: recovery_codes });
    } catch (error) {
      refuseTotp(ctx, { refusal: asRefusal(error) });
    }
  });

  router.post('/security/totp/remove', signedIn, async (ctx) => {
    const errors = missingFields(ctx, 'password');
    if (Object.keys(errors).length > 0) return refuse(ctx, 'totp', { errors });
    try {
      await ctx.state.api.auth.removeTotp(rawField(ctx, 'password'));
      redirectTo(ctx, '/security', { kind: 'success', key: 'notices.totp_removed' });
    } catch (error) {
      const fieldOf = { 'code:wrong_password': 'password' };
      await refuse(ctx, 'totp', { refusal: asRefusal(error), fieldOf });
    }
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
    if (Object.keys(errors).length > 0) return refuse(ctx, 'token', { errors });
    try {
      const token = await ctx.state.api.auth.createToken({
        name: field(ctx, 'name'),
        scopes,
        expires_in_days: days,
        password: rawField(ctx, 'password'),
      });
      await showSecurity(ctx, {}, token);
    } catch (error) {
      const fieldOf = { 'code:wrong_password': 'password' };
      await refuse(ctx, 'token', { refusal: asRefusal(error), fieldOf });
    }
  });

  router.post('/security/tokens/:id/revoke', signedIn, async (ctx) => {
    await performAction(ctx, () => ctx.state.api.auth.revokeToken(idParam(ctx)), 'notices.token_revoked');
  });

  return router;
}

async function showSecurity(
  ctx: PageContext,
  forms: { totp?: FormView; token?: FormView } = {},
  newToken: CreatedApiToken | null = null,
): Promise<void> {
  const { auth } = ctx.state.api;
  const [profile, sessions, tokens] = await Promise.all([
    auth.profile(),
    nullIfNotFound(auth.sessions()),
    nullIfNotFound(auth.tokens()),
  ]);
  render(ctx, 'security.njk', {
    profile,
    sessions:
      sessions?.items.map((session) => ({ ...session, device: nameDevice(session.user_agent) })) ?? null,
    tokens: tokens?.items ?? null,
    totp: forms.totp ?? openForm(ctx, profile.totp_enabled ? '/security/totp/remove' : '/security/totp'),
    token: forms.token ?? openForm(ctx, '/security/tokens', { expires_in_days: '90' }),
    scopes: scopesOf(currentUser(ctx).role),
    newToken,
  });
}

function refuse(ctx: PageContext, name: 'totp' | 'token', problem: FormProblem): Promise<void> {
  return refuseForm(ctx, problem, (form) => showSecurity(ctx, { [name]: form }));
}

/** The secret isn't kept in a draft, so the form is shown in the response to the POST. */
function refuseTotp(ctx: PageContext, problem: { errors?: Record<string, string>; refusal?: Problem }): void {
  const form = refillForm(ctx, problem, { 'code:invalid_totp': 'code' });
  showTotp(ctx, { ...form, values: { secret: field(ctx, 'secret'), uri: field(ctx, 'uri') } });
}

function showTotp(ctx: PageContext, form: FormView): void {
  const { status } = ctx;
  const uri = form.values.uri ?? '';
  if (!uri.startsWith('otpauth://')) throw problems.invalid_request();
  const svg = renderSVG(uri, { border: 2 });
  // An image, not markup, so that nothing auth sent becomes part of the page.
  const image = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  render(ctx, 'totp.njk', { form, image });
  if (status >= 400 && status !== 404) ctx.status = status;
}

/** Null if an older auth lacks the route; the page then leaves that part out. */
async function nullIfNotFound<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { status?: number }).status === 404) return null;
    throw error;
  }
}

async function performAction(ctx: PageContext, action: () => Promise<unknown>, done: string): Promise<void> {
  try {
    await action();
    redirectTo(ctx, '/security', { kind: 'success', key: done });
  } catch (error) {
    redirectTo(ctx, '/security', refusalNotice(asRefusal(error)));
  }
}
