import { newId, transaction } from '@guichet/database';
import { logMessage } from '@guichet/events';
import { enqueue } from '@guichet/outbox';
import type { Bank } from '../bank.ts';
import type { Desk } from '../desk.ts';
import { refuse } from '../errors.ts';
import type { Answered } from '../idempotency/answer.ts';
import { onceKnown } from '../people/once-known.ts';
import type { OperationRequest } from './request.ts';

/**
 * Requests an operation. Only the evaluation, under its locks and after the replays, knows whether a code is needed. If so, auth is asked
 * outside the transaction, and the request is evaluated again with auth's answer.
 * @param code the code that the client sent, or null
 * @throws Problem totp_required, invalid_totp, unavailable while auth is unreachable
 */
export async function requestWithStepUp(
  bank: Bank,
  desk: Desk,
  asked: Omit<OperationRequest, 'secondFactor'>,
  code: string | null,
): Promise<Answered> {
  const first = await onceKnown(() => desk.request({ ...asked, secondFactor: 'unchecked' }));
  if (!('refusal' in first.answer) || first.answer.refusal.code !== refuse.totp_required.code) return first;
  const outcome = await bank.secondFactor(asked.requester.id, code, asked.correlationId);
  if (outcome === 'missing') throw refuse.totp_required();
  if (outcome === 'wrong') {
    await logFailure(bank, asked);
    throw refuse.invalid_totp();
  }
  return desk.request({ ...asked, secondFactor: outcome === 'right' ? 'verified' : 'not_enrolled' });
}

/** The code that a client sent; null if it is blank. auth removes spaces within. */
export function readCode(totp: string | null | undefined): string | null {
  return totp == null || totp.trim() === '' ? null : totp;
}

async function logFailure(
  bank: Bank,
  { requester, correlationId, input }: Omit<OperationRequest, 'secondFactor'>,
) {
  const now = bank.clock();
  const event = logMessage({
    id: newId(now),
    time: now.toISOString(),
    service: 'accounts',
    actor: requester,
    action: 'STEP_UP_FAILED',
    level: 'WARNING',
    subject: { type: 'user', id: requester.id },
    operation_id: null,
    concerns: [requester.id],
    correlation_id: correlationId,
    message: 'A wrong security code was entered for a payment',
    data: { type: input.kind },
  });
  await transaction(bank.db, (trx) => enqueue(trx, [event]));
  bank.committed();
}
