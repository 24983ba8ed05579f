import type { StepUpRequest } from '@guichet/contract/auth';
import type { Problem } from '@guichet/errors';
import type { PageContext } from '../request-context.ts';
import { type FormProblem, type FormView, field } from './form.ts';
import { asRefusal } from './page.ts';
import { answerScript } from './passkeys/answer-script.ts';
import { readSignature } from './passkeys/read-signature.ts';

// How the form of a payment proves a second factor, once accounts requires one. Only accounts knows, because it counts the day's sums.

/** The proof of a second factor that a form sent. */
export interface Proof {
  /** The field that brought it; null if none did. */
  by: 'totp' | 'passkey' | null;
  /** In the form of the API. */
  fields: { totp: string } | { step_up: string } | Record<never, never>;
  /** Why auth did not accept the passkey. */
  refusal: Problem | null;
}

/** With which second factors the user can confirm. */
export interface Factors {
  totp: boolean;
  passkey: boolean;
}

/** Whether accounts requires a second factor, or another one than it got. */
export function requiresProof({ code }: Problem): boolean {
  return code === 'totp_required' || code === 'invalid_totp';
}

/** The form needs a proof; if it already had one, that is the error. */
export function proofProblem(refusal: Problem, { by, refusal: ofPasskey }: Proof): FormProblem {
  if (by === null) return { step: 'code' };
  const fieldOf = { 'code:invalid_totp': 'totp', 'code:totp_required': 'totp' };
  if (by === 'totp') return { step: 'code', refusal, fieldOf };
  // Auth accepted the signature and accounts did not: it was for another payment, or came too late.
  const why = ofPasskey === null ? 'passkey_misfit' : `refusals.${ofPasskey.code}`;
  return { step: 'code', errors: { passkey: why } };
}

/**
 * The submitted code, or the confirmation that auth gives for the submitted signature. A signature that auth refuses is no proof, and the
 * payment is sent without one: it may have been carried out with this signature before, and accounts then answers with its outcome.
 */
export async function submittedProof(ctx: PageContext): Promise<Proof> {
  const totp = field(ctx, 'totp').replaceAll(/\s/g, '');
  if (!ctx.state.form.has('credential'))
    return {
      by: ctx.state.form.has('totp') ? 'totp' : null,
      fields: totp === '' ? {} : { totp },
      refusal: null,
    };
  try {
    const { step_up } = await ctx.state.api.auth.confirmStepUp(readSignature(ctx));
    return { by: 'passkey', fields: { step_up }, refusal: null };
  } catch (error) {
    return { by: 'passkey', fields: {}, refusal: asRefusal(error) };
  }
}

/**
 * Answers the script of a payment's form with what a passkey signs for this payment. Null is a form with errors, which the script sends as it
 * is, so that they are reported.
 */
export async function answerConfirmation(ctx: PageContext, payment: StepUpRequest | null): Promise<void> {
  if (payment === null) ctx.body = { invalid: true };
  else await answerScript(ctx, () => ctx.state.api.auth.startStepUp(payment));
}

/** The second factors of the user, for a form that needs a proof; none for any other. */
export async function factorsFor(ctx: PageContext, form: FormView): Promise<Factors> {
  if (form.step !== 'code') return { totp: false, passkey: false };
  const { totp_enabled: totp, passkeys } = await ctx.state.api.auth.profile();
  return { totp, passkey: passkeys > 0 };
}
