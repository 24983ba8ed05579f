import type { Problem } from '@guichet/errors';
import type { PageContext } from '../request-context.ts';
import { type FormProblem, field } from './form.ts';

/** Whether accounts requires a one-time code, or another one. Only accounts knows, because it counts the day's sums. */
export function requiresCode({ code }: Problem): boolean {
  return code === 'totp_required' || code === 'invalid_totp';
}

/** The form needs a code; if it already had one, that is the error. */
export function codeProblem(ctx: PageContext, refusal: Problem): FormProblem {
  const fieldOf = { 'code:invalid_totp': 'totp', 'code:totp_required': 'totp' };
  return { step: 'code', ...(ctx.state.form.has('totp') ? { refusal, fieldOf } : {}) };
}

/** The submitted code in the form of the API. */
export function submittedCode(ctx: PageContext): { totp?: string } {
  const totp = field(ctx, 'totp').replaceAll(/\s/g, '');
  return totp === '' ? {} : { totp };
}
