import { type FieldError, Problem } from '@guichet/errors';

/** What a request came to: a reply, or a refusal; either is replayed to whoever asks again under the same key. */
export type Answer = { status: number; body: unknown } | { refusal: Problem };

/** A request's key, and a hash over all that it means. */
export interface IdempotencyKey {
  userId: string;
  key: string;
  requestHash: string;
}

/** An answer, and whether it was given before. */
export interface Answered {
  answer: Answer;
  replayed: boolean;
}

/** Refusals that the same request may overcome later: a code can be added, a user activated. */
const PASSING: ReadonlySet<string> = new Set([
  'totp_required',
  'invalid_totp',
  'unauthenticated',
  'forbidden',
  'too_many_requests',
  'unavailable',
  'internal_error',
]);

/** Whether an answer is stored under its key and replayed. */
export function isKept(answer: Answer): boolean {
  return !('refusal' in answer) || !PASSING.has(answer.refusal.code);
}

interface StoredRefusal {
  code: string;
  title: string;
  detail: string | null;
  errors?: readonly FieldError[];
}

export function toStored(answer: Answer): { status: number; body: string } {
  if (!('refusal' in answer)) return { status: answer.status, body: JSON.stringify(answer.body ?? null) };
  const { status, code, title, detail, errors } = answer.refusal;
  return {
    status,
    body: JSON.stringify({ code, title, detail, ...(errors === undefined ? {} : { errors }) }),
  };
}

export function fromStored({ status, body }: { status: number; body: string }): Answer {
  const parsed: unknown = JSON.parse(body);
  if (status < 400) return { status, body: parsed };
  const { code, title, detail, errors } = parsed as StoredRefusal;
  return { refusal: new Problem(code, status, title, { detail: detail ?? undefined, errors }) };
}
