import type { Problem } from '@guichet/errors';
import type { PageContext } from '../request-context.ts';
import { type FormView, field, refillForm } from './form.ts';

/** Whether accounts requires a one-time code, or another one. Only accounts knows, because it counts the day's sums. */
export function requiresCode({ code }: Problem): boolean {
  return code === 'totp_required' || code === 'invalid_totp';
}

/** The submitted form plus a field for the code; if it already had one, the error is shown there. */
export function refillCodeForm(ctx: PageContext, refusal: Problem): FormView {
  const fields = { 'code:invalid_totp': 'totp', 'code:totp_required': 'totp' };
  const form = refillForm(ctx, ctx.state.form.has('totp') ? { refusal } : {}, fields);
  ctx.status = refusal.status;
  return form;
}

/** The submitted code in the form of the API. */
export function submittedCode(ctx: PageContext): { totp?: string } {
  const totp = field(ctx, 'totp').replaceAll(/\s/g, '');
  return totp === '' ? {} : { totp };
}
