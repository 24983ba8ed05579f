import { type FieldError, Problem } from '@guichet/errors';

/** The key of a request, and a hash of everything that the request means. */
export interface IdempotencyKey {
  userId: string;
  key: string;
  requestHash: string;
}

/** A reply as it is stored and replayed. */
export interface Rendered {
  status: number;
  body: unknown;
}

/** The key of a request, and how its route renders the result that is stored under the key. */
export interface Idempotency<Done> {
  key: IdempotencyKey;
  render: (done: Done) => Rendered;
}

/** The outcome of a use case: its result, a refusal, or the reply to an earlier request with the same key. */
export type Outcome<Done> = Done | Refused | Replayed;

export interface Refused {
  refusal: Problem;
  /** Whether the refusal is replayed from an earlier request with the same key. */
  replayed?: boolean;
}

export interface Replayed {
  rendered: Rendered;
  replayed: true;
}

/** Refusals after which the same request may succeed later: a code can be added, or a user activated. They are not stored. */
const PASSING: ReadonlySet<string> = new Set([
  'totp_required',
  'invalid_totp',
  'unauthenticated',
  'forbidden',
  'too_many_requests',
  'unavailable',
  'internal_error',
]);

/** Whether a refusal is stored under its key and replayed. */
export function isKept({ code }: Problem): boolean {
  return !PASSING.has(code);
}

/** A refusal as it is stored; its status is 400 or higher, which no other stored reply has. */
export function renderRefusal({ status, code, title, detail, errors }: Problem): Rendered {
  return { status, body: { code, title, detail, ...(errors === undefined ? {} : { errors }) } };
}

/** A stored reply as an outcome. */
export function replayOf({ status, body }: Rendered): Refused | Replayed {
  if (status < 400) return { rendered: { status, body }, replayed: true };
  const { code, title, detail, errors } = body as {
    code: string;
    title: string;
    detail: string | null;
    errors?: readonly FieldError[];
  };
  const refusal = new Problem(code, status, title, { detail: detail ?? undefined, errors });
  return { refusal, replayed: true };
}
