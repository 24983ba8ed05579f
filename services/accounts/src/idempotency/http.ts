import { createHash } from 'node:crypto';
import { Problem } from '@guichet/errors';
import type { Handling, Reply } from '@guichet/http';
import type { Caller } from '@guichet/tokens';
import type { IdempotencyKey, Outcome, Refused, Replayed } from './outcome.ts';

/** The parts of a request that determine its key. */
export type KeyedRequest = Pick<
  Handling<unknown, unknown, unknown, Caller>,
  'idempotencyKey' | 'route' | 'params' | 'caller' | 'correlationId'
>;

/**
 * The key of a request, from its Idempotency-Key header. The hash covers the route, its parameters and `meaning`: the body in a normal form, without
 * one-time codes, so that a retry with a new code is the same request. @returns null without the header
 */
export function readIdempotencyKey(
  request: Omit<KeyedRequest, 'correlationId'>,
  meaning: unknown,
): IdempotencyKey | null {
  if (request.idempotencyKey === null) return null;
  const covered = canonical([request.route, request.params ?? null, meaning]);
  return {
    userId: request.caller.userId,
    key: request.idempotencyKey,
    requestHash: createHash('sha256').update(covered).digest('hex'),
  };
}

/** JSON with sorted keys and without null fields, because null and absent mean the same. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return String(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const given = Object.entries(inner).filter(([, field]) => field !== null && field !== undefined);
    return Object.fromEntries(given.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** An outcome as a reply, with `Idempotency-Replayed` if it is replayed. @throws Problem the refusal */
export function toReply<Done extends object, Rendering extends Reply>(
  outcome: Outcome<Done>,
  render: (done: Done) => Rendering,
): Rendering {
  const headers: Record<string, string> =
    'replayed' in outcome && outcome.replayed === true ? { 'Idempotency-Replayed': 'true' } : {};
  if (isRefused(outcome))
    throw outcome.replayed === true ? withHeaders(outcome.refusal, headers) : outcome.refusal;
  // The key covers the route, so the same `render` made the stored reply.
  const rendered = isReplay(outcome) ? (outcome.rendered as Rendering) : render(outcome);
  return { ...rendered, headers: { ...rendered.headers, ...headers } };
}

function withHeaders(refusal: Problem, more: Record<string, string>): Problem {
  const { code, status, title, detail, errors, headers } = refusal;
  return new Problem(code, status, title, {
    detail: detail ?? undefined,
    errors,
    headers: { ...headers, ...more },
    internal: refusal.message,
  });
}

function isRefused<Done extends object>(outcome: Outcome<Done>): outcome is Refused {
  return 'refusal' in outcome;
}

function isReplay<Done extends object>(outcome: Done | Replayed): outcome is Replayed {
  return 'rendered' in outcome;
}
