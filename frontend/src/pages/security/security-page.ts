import { nameDevice } from '@guichet/contract';
import { withQuery } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import { refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, openForm } from '../form.ts';
import { render } from '../page.ts';
import { idIn } from './shown-secrets.ts';

/** With no more codes than this, the user is told how to get new ones. */
const FEW_RECOVERY_CODES = 2;

/** How the user signs in, and where they are signed in. */
export async function showSecurity(ctx: PageContext, form?: FormView): Promise<void> {
  const { auth } = ctx.state.api;
  const [profile, passkeys, sessions, tokens] = await Promise.all([
    auth.profile(),
    auth.passkeys(),
    nullIfNotFound(auth.sessions()),
    nullIfNotFound(auth.tokens()),
  ]);
  render(ctx, 'security.njk', {
    profile,
    passkeys: passkeys.items,
    sessions:
      sessions?.items.map((session) => ({ ...session, device: nameDevice(session.user_agent) })) ?? null,
    tokenCount: tokens?.items.length ?? null,
    form: form ?? openForm(ctx, profile.totp_enabled ? '/security/totp/remove' : '/security/totp'),
    hasFewCodes: profile.recovery_codes_left !== null && profile.recovery_codes_left <= FEW_RECOVERY_CODES,
  });
}

/** Refuses the form of two-factor authentication. */
export function refuseOnSecurity(ctx: PageContext, problem: FormProblem): Promise<void> {
  return refuseForm(ctx, problem, (form) => showSecurity(ctx, form));
}

/** The address to which users confirm that they have kept the secret on the page. */
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
