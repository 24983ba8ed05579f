import type { Problem } from '@guichet/errors';
import type { PageContext } from '../request-context.ts';
import { type FormView, field, refillForm } from './form.ts';

/** Whether accounts requires a one-time code, or another one. Only accounts knows, because it counts the day's sums. */
export function requiresCode({ code }: Problem): boolean {
  return code === 'totp_required' || code === 'invalid_totp';
}

/** The form again with a field for the code; if it had the field already, the error is shown there. */
export function refillCodeForm(ctx: PageContext, refusal: Problem): FormView {
  const fields = { 'code:invalid_totp': 'totp', 'code:totp_required': 'totp' };
  const form = refillForm(ctx, ctx.state.form.has('totp') ? { refusal } : {}, fields);
  ctx.status = refusal.status;
  return form;
}

/** The code that was typed, as the API takes it. */
export function submittedCode(ctx: PageContext): { totp?: string } {
  const totp = field(ctx, 'totp').replaceAll(/\s/g, '');
  return totp === '' ? {} : { totp };
}
