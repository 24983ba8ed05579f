import { refuseForm } from '../drafts.ts';
import { openForm } from '../form.ts';
import { answerScript } from '../passkeys/answer-script.ts';
import { readSignature } from '../passkeys/read-signature.ts';
import { pageRouter } from '../router.ts';
import { admit } from './admit.ts';
import { nextOf, showSignIn } from './routes.ts';
import { asPasskeyRefusal, asSignInRefusal } from './rules.ts';

/** Signing in with a passkey alone. It needs scripts; the second step with a passkey is in `second-step-routes.ts`. */
export function passkeySignInPages() {
  const router = pageRouter();

  router.post('/login/passkey/options', (ctx) =>
    answerScript(ctx, () => ctx.state.api.auth.startPasskeySignIn(null), asSignInRefusal),
  );

  router.post('/login/passkey', async (ctx) => {
    try {
      const pair = await ctx.state.api.auth.signInWithPasskey(readSignature(ctx));
      await admit(ctx, pair, { next: nextOf(ctx), keep: ctx.state.form.has('keep') });
    } catch (error) {
      await refuseForm(ctx, { refusal: asPasskeyRefusal(error) }, () =>
        showSignIn(ctx, openForm(ctx, '/login')),
      );
    }
  });

  return router;
}
