import { scopesOf } from '@guichet/contract';
import { withQuery } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import { refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, openForm } from '../form.ts';
import { currentUser, render } from '../page.ts';
import { nameDevice } from './name-device.ts';
import { idIn, type ShownSecrets } from './shown-secrets.ts';

/** Sessions, two-factor authentication and API tokens; with the new token that the address names. */
export async function showSecurity(
  ctx: PageContext,
  shown: ShownSecrets,
  forms: { totp?: FormView; token?: FormView } = {},
): Promise<void> {
  const { auth } = ctx.state.api;
  const [profile, sessions, tokens, newToken] = await Promise.all([
    auth.profile(),
    nullIfNotFound(auth.sessions()),
    nullIfNotFound(auth.tokens()),
    shown.find(ctx, 'token'),
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
    forgetAction: forgetAction(ctx),
  });
}

/** Refuses a form of the page. */
export function refuseOnSecurity(
  ctx: PageContext,
  shown: ShownSecrets,
  name: 'totp' | 'token',
  problem: FormProblem,
): Promise<void> {
  return refuseForm(ctx, problem, (form) => showSecurity(ctx, shown, { [name]: form }));
}

/** Where the user says that they have kept the secret which the address names. */
export function forgetAction(ctx: PageContext): string {
  return withQuery('/security/shown/forget', { shown: idIn(ctx) });
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
