import { randomUUID } from 'node:crypto';
import { parseEmail } from '@guichet/contract';
import { type Problem, problems } from '@guichet/errors';
import type { PageContext } from '../request-context.ts';
import { refusalText } from './page.ts';

/** The state of a form for its view: the values, the errors by field, and a refusal of the whole form. */
export interface FormView {
  values: Record<string, string>;
  /** Catalog keys under `errors`, or a service's text, by field. */
  errors: Record<string, string>;
  /** Why the service refused the form, in the user's language. */
  refusal: string | null;
  /**
   * Sent as Idempotency-Key. It is created when the form is first shown and kept through corrections, reviews, codes and late answers, so
   * that the form is carried out once, however often it is sent.
   */
  idempotencyKey: string;
}

export function emptyForm(values: Record<string, string> = {}): FormView {
  return { values, errors: {}, refusal: null, idempotencyKey: randomUUID() };
}

/** The submitted form with its values, except passwords and codes. */
export function refillForm(
  ctx: PageContext,
  problem: { errors?: Record<string, string>; refusal?: Problem },
  fieldOf: Record<string, string> = {},
): FormView {
  const { form } = ctx.state;
  const values: Record<string, string> = {};
  for (const [name, value] of form) {
    // Of a repeated field the first value counts, as in `field`.
    if (!isSecret(name)) values[name] ??= value;
  }
  const errors = { ...problem.errors };
  let refusal: string | null = null;
  if (problem.refusal !== undefined) {
    for (const { path } of problem.refusal.errors ?? []) errors[fieldOf[path] ?? path] ??= 'not_accepted';
    const onField = fieldOf[`code:${problem.refusal.code}`];
    if (onField !== undefined) errors[onField] = `refusals.${problem.refusal.code}`;
    else refusal = refusalText(ctx, problem.refusal);
  }
  ctx.status = problem.refusal?.status ?? 422;
  return { values, errors, refusal, idempotencyKey: nextIdempotencyKey(ctx, problem.refusal) };
}

/** The bank stores a refusal under the key and would only replay it, so the corrected form needs a new key. */
function nextIdempotencyKey(ctx: PageContext, refusal: Problem | undefined): string {
  const isFinal = refusal !== undefined && [404, 409, 422].includes(refusal.status);
  return (isFinal ? null : submittedKey(ctx)) ?? randomUUID();
}

/** The trimmed value of a field; '' if it is missing. */
export function field(ctx: PageContext, name: string): string {
  return ctx.state.form.get(name)?.trim() ?? '';
}

/** The value of a field that offers `choices`; undefined if it is none of them. */
export function choice<const Choice extends string>(
  ctx: PageContext,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const chosen = field(ctx, name);
  return choices.find((one) => one === chosen);
}

/** The untrimmed value of a field: spaces can be part of a password. */
export function rawField(ctx: PageContext, name: string): string {
  return ctx.state.form.get(name) ?? '';
}

/**
 * The key of a submitted form.
 * @throws Problem stale_form if it has none, because it could be carried out twice
 */
export function idempotencyKey(ctx: PageContext): string {
  const key = submittedKey(ctx);
  if (key === null) throw problems.forbidden('stale_form', { internal: 'form without an idempotency key' });
  return key;
}

function submittedKey(ctx: PageContext): string | null {
  const key = field(ctx, 'idempotency_key');
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(key) ? key : null;
}

/** A form that failed for a temporary reason; the error page offers to send it again with the same fields and key. */
export function retryForm(ctx: PageContext): { action: string; fields: [string, string][] } | null {
  if (submittedKey(ctx) === null) return null;
  const fields = [...ctx.state.form].filter(([name]) => !isSecret(name));
  return { action: ctx.path + ctx.search, fields };
}

const isSecret = (name: string): boolean => /password|totp|^code$|^_csrf$/.test(name);

/** An error for `email` if it is not an address, so that a typo is reported before anything is sent. */
export function emailError(ctx: PageContext): Record<string, string> {
  const email = field(ctx, 'email');
  return email === '' || parseEmail(email) !== null ? {} : { email: 'not_an_email' };
}

/** Errors for those of `names` that are empty. */
export function missingFields(ctx: PageContext, ...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.filter((name) => rawField(ctx, name).trim() === '').map((name) => [name, 'required']),
  );
}
