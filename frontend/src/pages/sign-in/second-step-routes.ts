import type { NewSession } from '@guichet/contract/auth';
import { Problem } from '@guichet/errors';
import { withQuery } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import type { KeptSecrets } from '../../session/kept-secrets.ts';
import { refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, field, missingFields, openForm } from '../form.ts';
import { safeNext } from '../next-path.ts';
import { homePath, redirectTo, render } from '../page.ts';
import { answerScript } from '../passkeys/answer-script.ts';
import { readSignature } from '../passkeys/read-signature.ts';
import { pageRouter } from '../router.ts';
import { admit, type SignInWishes } from './admit.ts';
import { asPasskeyRefusal, asSignInRefusal } from './rules.ts';

/** How long auth waits for the code. */
export const SECOND_STEP_SECONDS = 300;

const PAGE = 'login';
const PATH = '/login/code';
const PASSKEY = `${PATH}/passkey`;
const PASSKEY_OPTIONS = `${PASSKEY}/options`;

/** A sign-in that waits for its second step, as auth answered the right password. */
interface WaitingSignIn {
  /** Stands for the password. */
  ticket: string;
  /** What the second step may be; an older auth doesn't say. */
  methods?: readonly string[] | undefined;
}

/**
 * Leads from the right password to the page that asks for the code. The ticket, which stands for the password, is kept in a cookie, so that
 * the page can be loaded again.
 */
export async function askForCode(
  ctx: PageContext,
  tickets: KeptSecrets,
  waiting: WaitingSignIn,
  { next, keep }: SignInWishes,
): Promise<void> {
  const sign_in = await tickets.keep(ctx, PAGE, JSON.stringify(waiting));
  redirectTo(ctx, withQuery(PATH, { sign_in, next, keep: keep ? 'yes' : '' }));
}

/** The second step of signing in: a code of the authenticator app, or a recovery code. */
export function secondStepPages(tickets: KeptSecrets) {
  const router = pageRouter();

  router.get(PATH, async (ctx) => {
    const { user } = ctx.state.session;
    if (user !== undefined) return redirectTo(ctx, nextOf(ctx) || homePath(user.role));
    const waiting = await find(ctx);
    if (waiting === null) return startAgain(ctx);
    show(ctx, waiting, openForm(ctx, PATH));
  });

  router.post(PATH, async (ctx) => {
    const waiting = await find(ctx);
    if (waiting === null) return startAgain(ctx);
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => show(ctx, waiting, form));
    const errors = missingFields(ctx, 'totp');
    if (Object.keys(errors).length > 0) return refuse({ errors });
    try {
      const totp = field(ctx, 'totp').replaceAll(' ', '');
      await finish(ctx, await ctx.state.api.auth.finishSignIn({ sign_in: waiting.ticket, totp }));
    } catch (error) {
      const refusal = asSignInRefusal(error);
      // No next recovery code is about to appear, as one of an app is.
      if (refusal.code === 'invalid_totp' && ctx.query.with === 'recovery_code')
        return refuse({ errors: { totp: 'wrong_recovery_code' } });
      if (refusal.code !== 'invalid_sign_in')
        return refuse({ refusal, fieldOf: { 'code:invalid_totp': 'totp' } });
      tickets.drop(ctx, PAGE, idIn(ctx));
      startAgain(ctx);
    }
  });

  router.post(PASSKEY_OPTIONS, async (ctx) => {
    const start = async () => {
      const waiting = await find(ctx);
      if (waiting === null) throw new Problem('invalid_sign_in', 401, 'Sign in again');
      return ctx.state.api.auth.startPasskeySignIn(waiting.ticket);
    };
    await answerScript(ctx, start, asSignInRefusal);
  });

  router.post(PASSKEY, async (ctx) => {
    const waiting = await find(ctx);
    if (waiting === null) return startAgain(ctx);
    try {
      await finish(ctx, await ctx.state.api.auth.signInWithPasskey(readSignature(ctx)));
    } catch (error) {
      const refusal = asPasskeyRefusal(error);
      await refuseForm(ctx, { refusal }, (form) => show(ctx, waiting, form));
    }
  });

  return router;

  async function find(ctx: PageContext): Promise<WaitingSignIn | null> {
    const kept = await tickets.find(ctx, PAGE, idIn(ctx));
    return kept === null ? null : (JSON.parse(kept) as WaitingSignIn);
  }

  async function finish(ctx: PageContext, pair: NewSession): Promise<void> {
    await admit(ctx, pair, { next: nextOf(ctx), keep: ctx.query.keep === 'yes' });
    tickets.drop(ctx, PAGE, idIn(ctx));
  }
}

function show(ctx: PageContext, { methods = ['totp'] }: WaitingSignIn, form: FormView): void {
  const recovery = ctx.query.with === 'recovery_code';
  render(ctx, 'login-code.njk', {
    form,
    recovery,
    methods,
    action: addressOf(ctx, recovery),
    other: addressOf(ctx, !recovery),
    passkey: addressOf(ctx, false, PASSKEY),
    passkeyOptions: addressOf(ctx, false, PASSKEY_OPTIONS),
    again: withQuery('/login', { next: nextOf(ctx) }),
  });
}

/** Auth no longer waits for the code: it takes five minutes, or five wrong codes. */
function startAgain(ctx: PageContext): void {
  const path = withQuery('/login', { next: nextOf(ctx) });
  redirectTo(ctx, path, { kind: 'refusal', key: 'refusals.invalid_sign_in' });
}

/** The address of the page, without what only the shown form needs. */
function addressOf(ctx: PageContext, recovery: boolean, path = PATH): string {
  const { sign_in, keep } = ctx.query;
  const kept = { sign_in: textOf(sign_in), next: nextOf(ctx), keep: textOf(keep) };
  return withQuery(path, { ...kept, with: recovery ? 'recovery_code' : '' });
}

function nextOf(ctx: PageContext): string {
  return safeNext(textOf(ctx.query.next), '');
}

const idIn = ({ query }: PageContext): string => textOf(query.sign_in);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
