import { nameDevice } from '@guichet/contract';
import type { NewPasskey, Passkey } from '@guichet/contract/auth';
import { problems } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, field, missingFields, openForm, rawField } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, render, signedIn } from '../page.ts';
import { answerScript } from '../passkeys/answer-script.ts';
import { readCredential } from '../passkeys/read-signature.ts';
import { pageRouter } from '../router.ts';
import type { ShownSecrets } from './shown-secrets.ts';

const PASSKEYS = '/security/passkeys';

/** Adding and removing passkeys. A browser creates one by a script, which confirms the password first. */
export function passkeyPages(shown: ShownSecrets) {
  const router = pageRouter();

  router.get(`${PASSKEYS}/new`, signedIn, (ctx) => {
    showNew(ctx, openForm(ctx, PASSKEYS, { name: nameDevice(ctx.get('user-agent')) ?? '' }));
  });

  router.post(`${PASSKEYS}/options`, signedIn, async (ctx) => {
    const start = async () => ({ options: await ctx.state.api.auth.startPasskey(rawField(ctx, 'password')) });
    await answerScript(ctx, start);
  });

  router.post(PASSKEYS, signedIn, async (ctx) => {
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showNew(ctx, form));
    const errors = missingFields(ctx, 'name');
    if (Object.keys(errors).length > 0) return refuse({ errors });
    try {
      const credential = readCredential(ctx) as NewPasskey['credential'];
      const added = await ctx.state.api.auth.addPasskey({ name: field(ctx, 'name'), credential });
      const codes = added.recovery_codes;
      const outcome =
        codes === null ? '/security' : await shown.show(ctx, '/security/recovery-codes', 'codes', codes);
      await finishForm(ctx, outcome, { kind: 'success', key: 'notices.passkey_added' });
    } catch (error) {
      await refuse({ refusal: asRefusal(error) });
    }
  });

  router.get(`${PASSKEYS}/:id/remove`, signedIn, async (ctx) => {
    showRemoval(ctx, await findPasskey(ctx), openForm(ctx, ctx.path));
  });

  router.post(`${PASSKEYS}/:id/remove`, signedIn, async (ctx) => {
    const refuse = (problem: FormProblem) =>
      refuseForm(ctx, problem, async (form) => showRemoval(ctx, await findPasskey(ctx), form));
    const errors = missingFields(ctx, 'password');
    if (Object.keys(errors).length > 0) return refuse({ errors });
    try {
      await ctx.state.api.auth.removePasskey(idParam(ctx), rawField(ctx, 'password'));
      await finishForm(ctx, '/security', { kind: 'success', key: 'notices.passkey_removed' });
    } catch (error) {
      await refuse({ refusal: asRefusal(error), fieldOf: { 'code:wrong_password': 'password' } });
    }
  });

  return router;
}

function showNew(ctx: PageContext, form: FormView): void {
  render(ctx, 'passkey-new.njk', { form });
}

function showRemoval(ctx: PageContext, passkey: Passkey, form: FormView): void {
  render(ctx, 'passkey-remove.njk', { passkey, form });
}

async function findPasskey(ctx: PageContext): Promise<Passkey> {
  const { items } = await ctx.state.api.auth.passkeys();
  const passkey = items.find(({ id }) => id === idParam(ctx));
  if (passkey === undefined) throw problems.not_found();
  return passkey;
}
