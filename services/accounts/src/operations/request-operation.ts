import { transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { actionLogged } from '../audit.ts';
import type { CommandQueue } from '../command-queue.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { claimKey } from '../idempotency/in-flight.ts';
import type { Outcome } from '../idempotency/outcome.ts';
import type { OperationState } from './operation.ts';
import type { OperationRequest } from './request.ts';

type UncheckedRequest = Omit<OperationRequest, 'secondFactor'>;

/**
 * Requests an operation. Only the evaluation, under its locks and after the replays, knows whether a code is needed. If so, auth is asked
 * outside the transaction, and the request is evaluated again with auth's answer.
 * @param code the code that the client sent, or null
 * @throws Problem request_in_progress, unavailable while auth is unreachable
 */
export async function requestOperation(
  deps: Deps,
  queue: CommandQueue,
  request: UncheckedRequest,
  code: string | null,
): Promise<Outcome<OperationState>> {
  const release = claimKey(deps.inFlightKeys, request.idempotency?.key);
  try {
    const first = await queue.request({ ...request, secondFactor: 'unchecked' });
    if (!('refusal' in first) || first.refusal.code !== refuse.totp_required.code) return first;
    const answer = await deps.secondFactor(request.requester.id, code, request.correlationId);
    if (answer === 'missing') return first;
    if (answer === 'wrong') {
      await logWrongCode(deps, request);
      return { refusal: refuse.invalid_totp() };
    }
    return await queue.request({
      ...request,
      secondFactor: answer === 'right' ? 'verified' : 'not_enrolled',
    });
  } finally {
    release();
  }
}

/** The code that a client sent; null if it is blank. auth removes spaces within. */
export function readCode(totp: string | null | undefined): string | null {
  return totp == null || totp.trim() === '' ? null : totp;
}

async function logWrongCode(deps: Deps, { requester, correlationId, input }: UncheckedRequest) {
  const event = actionLogged(deps.clock(), correlationId, {
    action: 'STEP_UP_FAILED',
    actor: requester,
    subject: { type: 'user', id: requester.id },
    concerns: [requester.id],
    message: 'A wrong security code was entered for a payment',
    data: { type: input.kind },
  });
  await transaction(deps.db, (trx) => enqueue(trx, [event]));
  deps.committed();
}
