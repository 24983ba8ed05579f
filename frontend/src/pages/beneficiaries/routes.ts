import { Problem } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, field, idempotencyKey, missingFields, openForm } from '../form.ts';
import { idParam } from '../ids.ts';
import { readAccountNumber } from '../money/rules.ts';
import { asRefusal, redirectTo, refusalNotice, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';

/** The user's saved payees. */
export function beneficiaryPages() {
  const router = pageRouter();

  router.get('/beneficiaries', requireRole('member'), async (ctx) => {
    await showList(ctx, openForm(ctx, '/beneficiaries'));
  });

  router.post('/beneficiaries', requireRole('member'), async (ctx) => {
    const errors = missingFields(ctx, 'name', 'number');
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showList(ctx, form));
    if (Object.keys(errors).length > 0) return refuse({ errors });
    const payee = { name: field(ctx, 'name'), ...readAccountNumber(field(ctx, 'number')) };
    try {
      const check = await ctx.state.api.accounts.verifyPayee(payee);
      // A name that doesn't match the holder's is only saved after the user has seen the warning.
      if ((check.result === 'no_match' || check.result === 'close_match') && !ctx.state.form.has('anyway')) {
        return refuse({ step: 'review' });
      }
      await ctx.state.api.accounts.saveBeneficiary(payee, idempotencyKey(ctx));
      await finishForm(ctx, '/beneficiaries', {
        kind: 'success',
        key: 'notices.beneficiary_saved',
        values: { name: payee.name },
      });
    } catch (error) {
      const fieldOf = {
        'code:invalid_iban': 'number',
        'code:invalid_rib': 'number',
        iban: 'number',
        rib: 'number',
      };
      await refuse({ refusal: asRefusal(error), fieldOf });
    }
  });

  router.post('/beneficiaries/:id/remove', requireRole('member'), async (ctx) => {
    try {
      await ctx.state.api.accounts.removeBeneficiary(idParam(ctx)).catch((error: unknown) => {
        // Already removed by a form that was sent twice.
        if (!(error instanceof Problem) || error.status !== 404) throw error;
      });
      redirectTo(ctx, '/beneficiaries', { kind: 'success', key: 'notices.beneficiary_removed' });
    } catch (error) {
      redirectTo(ctx, '/beneficiaries', refusalNotice(asRefusal(error)));
    }
  });

  router.get('/beneficiaries/:id/remove', requireRole('member'), async (ctx) => {
    const id = idParam(ctx);
    const saved = await ctx.state.api.accounts.beneficiaries();
    const beneficiary = saved.items.find((item) => item.id === id);
    if (beneficiary === undefined) return redirectTo(ctx, '/beneficiaries');
    render(ctx, 'beneficiary-remove.njk', { beneficiary });
  });

  return router;
}

async function showList(ctx: PageContext, form: FormView): Promise<void> {
  const { accounts } = ctx.state.api;
  const { name = '', number = '' } = form.values;
  const [saved, check] = await Promise.all([
    accounts.beneficiaries(),
    form.step === 'review' ? accounts.verifyPayee({ name, ...readAccountNumber(number) }) : null,
  ]);
  render(ctx, 'beneficiaries.njk', { beneficiaries: saved.items, form, check });
}
