import { randomUUID } from 'node:crypto';
import { parseEmail } from '@guichet/contract';
import { type Problem, problems } from '@guichet/errors';
import type { PageContext } from '../request-context.ts';
import { asDraftId, type Draft, newDraftId } from '../session/drafts.ts';
import { emptyForm, type FormView } from './form-view.ts';
import { refusalText } from './page.ts';

export { emptyForm, type FormView };

export interface FormProblem {
  errors?: Record<string, string>;
  refusal?: Problem;
  /** What the form needs next; corrections by default. */
  step?: Draft['step'];
  /** The form field for each field (`to.iban`) or code (`code:invalid_iban`) of the service. */
  fieldOf?: Record<string, string>;
  /** The page to show next, if not the form's own. */
  page?: string;
  /** What the address of that page needs besides the draft. */
  query?: Record<string, string>;
}

/** The form that is sent to `action`: as it was typed, if the address names its draft; otherwise with `values`. */
export function openForm(ctx: PageContext, action: string, values: Record<string, string> = {}): FormView {
  const { draft } = ctx.state;
  if (draft !== null && draft.action === action) return viewOf(ctx, draft.id, draft);
  const form = emptyForm(values);
  // The address keeps leading to this form, once it has a draft.
  const id = draft === null ? asDraftId(ctx.query.draft) : null;
  return id === null ? form : { ...form, draft: id };
}

export function viewOf(ctx: PageContext, id: string, draft: Draft): FormView {
  if (draft.refusal !== null || Object.keys(draft.errors).length > 0) ctx.state.showsRefusal = true;
  const form = emptyForm();
  for (const [name, value] of draft.fields) {
    // The first value of a repeated field counts, as in `field`.
    form.values[name] ??= value;
    form.chosen[name] = [...(form.chosen[name] ?? []), value];
  }
  return {
    ...form,
    errors: draft.errors,
    refusal: draft.refusal === null ? null : refusalText(ctx, draft.refusal),
    idempotencyKey: draft.key,
    draft: id,
    step: draft.step,
  };
}

/** The submitted form and what is wrong with it, without secrets, as it can be kept. */
export function draftOf(ctx: PageContext, action: string, problem: FormProblem): Draft {
  const { refusal, fieldOf = {} } = problem;
  const errors = { ...problem.errors };
  let whole: Draft['refusal'] = null;
  if (refusal !== undefined) {
    for (const { path } of refusal.errors ?? []) errors[fieldOf[path] ?? path] ??= 'not_accepted';
    const onField = fieldOf[`code:${refusal.code}`];
    if (onField !== undefined) errors[onField] = `refusals.${refusal.code}`;
    else whole = { code: refusal.code, title: refusal.title };
  }
  return {
    user: ctx.state.session.user?.id ?? null,
    action,
    key: nextIdempotencyKey(ctx, refusal),
    fields: [...ctx.state.form].filter(([name]) => !isSecret(name) && !HIDDEN.includes(name)),
    errors,
    refusal: whole,
    step: problem.step ?? 'form',
    done: null,
  };
}

/** The id of the submitted form's draft. */
export function submittedDraftId(ctx: PageContext): string {
  return asDraftId(field(ctx, 'draft')) ?? newDraftId();
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

const isSecret = (name: string): boolean =>
  /password|totp|credential|^code$|^_csrf$|^secret$|^token$|^uri$|^challenge_id$/.test(name);

/** Fields that aren't typed; a form that is shown again has its own. */
const HIDDEN = ['idempotency_key', 'draft', 'change', 'use_suggestion'];

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
