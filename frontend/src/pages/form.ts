import { randomUUID } from 'node:crypto';
import { parseEmail } from '@guichet/contract';
import type { Problem } from '@guichet/errors';
import type { PageContext } from '../visit.ts';
import { sayRefusal } from './page.ts';

/** A form as a view draws it: what was typed, what is wrong with which field, and what is wrong with the whole. */
export interface FormView {
  values: Record<string, string>;
  /** Translation keys under `errors`, or text a service sent, by field. */
  errors: Record<string, string>;
  /** What the service said of it all, in the reader's language. */
  refusal: string | null;
  /** Goes out as Idempotency-Key: a form sent twice is one request, a form changed and sent again is another. */
  idempotencyKey: string;
}

export function emptyForm(values: Record<string, string> = {}): FormView {
  return { values, errors: {}, refusal: null, idempotencyKey: randomUUID() };
}

/** The form again, as it was typed; passwords and codes are typed anew. */
export function formAgain(
  ctx: PageContext,
  problem: { errors?: Record<string, string>; refusal?: Problem },
  fieldOf: Record<string, string> = {},
): FormView {
  const { form } = ctx.state;
  const values: Record<string, string> = {};
  for (const [name, value] of form) {
    if (!/password|totp|^code$|^_csrf$/.test(name)) values[name] = value;
  }
  const errors = { ...problem.errors };
  let refusal: string | null = null;
  if (problem.refusal !== undefined) {
    for (const { path } of problem.refusal.errors ?? []) errors[fieldOf[path] ?? path] ??= 'not_accepted';
    const onField = fieldOf[`code:${problem.refusal.code}`];
    if (onField !== undefined) errors[onField] = `refusals.${problem.refusal.code}`;
    else refusal = sayRefusal(ctx, problem.refusal);
  }
  ctx.status = problem.refusal?.status ?? 422;
  return { values, errors, refusal, idempotencyKey: randomUUID() };
}

/** A field's text without the blanks round it; '' where it is missing. */
export function text(ctx: PageContext, name: string): string {
  return ctx.state.form.get(name)?.trim() ?? '';
}

/** A field as it was typed: a password's blanks belong to it. */
export function secret(ctx: PageContext, name: string): string {
  return ctx.state.form.get(name) ?? '';
}

/** The key that the form brought with it, where it is one of ours. */
export function idempotencyKey(ctx: PageContext): string {
  const key = text(ctx, 'idempotency_key');
  return /^[0-9a-f-]{36}$/.test(key) ? key : randomUUID();
}

/** An error for `email` if it is not an address, so that a typing error is named before anything is sent. */
export function malformedEmail(ctx: PageContext): Record<string, string> {
  const email = text(ctx, 'email');
  return email === '' || parseEmail(email) !== null ? {} : { email: 'not_an_email' };
}

/** `errors` for those of `names` that were left empty. */
export function missing(ctx: PageContext, ...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.filter((name) => secret(ctx, name).trim() === '').map((name) => [name, 'required']),
  );
}
