import { withQuery } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import type { KeptSecrets } from '../../session/kept-secrets.ts';
import { refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, field, missingFields, openForm } from '../form.ts';
import { safeNext } from '../next-path.ts';
import { homePath, redirectTo, render } from '../page.ts';
import { pageRouter } from '../router.ts';
import { admit, type SignInWishes } from './admit.ts';
import { asSignInRefusal } from './rules.ts';

/** How long auth waits for the code. */
export const SECOND_STEP_SECONDS = 300;

const PAGE = 'login';
const PATH = '/login/code';

/**
 * Leads from the right password to the page that asks for the code. The ticket, which stands for the password, is kept in a cookie, so that
 * the page can be loaded again.
 */
export async function askForCode(
  ctx: PageContext,
  tickets: KeptSecrets,
  { ticket, next, keep }: SignInWishes & { ticket: string },
): Promise<void> {
  const sign_in = await tickets.keep(ctx, PAGE, ticket);
  redirectTo(ctx, withQuery(PATH, { sign_in, next, keep: keep ? 'yes' : '' }));
}

/** The second step of signing in: a code of the authenticator app, or a recovery code. */
export function secondStepPages(tickets: KeptSecrets) {
  const router = pageRouter();

  router.get(PATH, async (ctx) => {
    const { user } = ctx.state.session;
    if (user !== undefined) return redirectTo(ctx, nextOf(ctx) || homePath(user.role));
    if ((await find(ctx)) === null) return startAgain(ctx);
    show(ctx, openForm(ctx, PATH));
  });

  router.post(PATH, async (ctx) => {
    const ticket = await find(ctx);
    if (ticket === null) return startAgain(ctx);
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => show(ctx, form));
    const errors = missingFields(ctx, 'totp');
    if (Object.keys(errors).length > 0) return refuse({ errors });
    try {
      const pair = await ctx.state.api.auth.finishSignIn({
        sign_in: ticket,
        totp: field(ctx, 'totp').replaceAll(' ', ''),
      });
      await admit(ctx, pair, { next: nextOf(ctx), keep: ctx.query.keep === 'yes' });
    } catch (error) {
      const refusal = asSignInRefusal(error);
      // No next recovery code is about to appear, as one of an app is.
      if (refusal.code === 'invalid_totp' && ctx.query.with === 'recovery_code')
        return refuse({ errors: { totp: 'wrong_recovery_code' } });
      if (refusal.code !== 'invalid_sign_in')
        return refuse({ refusal, fieldOf: { 'code:invalid_totp': 'totp' } });
      startAgain(ctx);
    }
    tickets.drop(ctx, PAGE, textOf(ctx.query.sign_in));
  });

  return router;

  function find(ctx: PageContext): Promise<string | null> {
    return tickets.find(ctx, PAGE, textOf(ctx.query.sign_in));
  }
}

function show(ctx: PageContext, form: FormView): void {
  const recovery = ctx.query.with === 'recovery_code';
  render(ctx, 'login-code.njk', {
    form,
    recovery,
    action: addressOf(ctx, recovery),
    other: addressOf(ctx, !recovery),
    again: withQuery('/login', { next: nextOf(ctx) }),
  });
}

/** Auth no longer waits for the code: it takes five minutes, or five wrong codes. */
function startAgain(ctx: PageContext): void {
  const path = withQuery('/login', { next: nextOf(ctx) });
  redirectTo(ctx, path, { kind: 'refusal', key: 'refusals.invalid_sign_in' });
}

/** The address of the page, without what only the shown form needs. */
function addressOf(ctx: PageContext, recovery: boolean): string {
  const { sign_in, keep } = ctx.query;
  const kept = { sign_in: textOf(sign_in), next: nextOf(ctx), keep: textOf(keep) };
  return withQuery(PATH, { ...kept, with: recovery ? 'recovery_code' : '' });
}

function nextOf(ctx: PageContext): string {
  return safeNext(textOf(ctx.query.next), '');
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
