import { sentence } from '@guichet/contract/events';
import { queryOnce, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { findAccount } from '../accounts/store.ts';
import { actionLogged } from '../audit.ts';
import type { CommandQueue } from '../command-queue.ts';
import type { Deps, Proof } from '../deps.ts';
import { refuse } from '../errors.ts';
import { claimKey } from '../idempotency/in-flight.ts';
import type { Outcome } from '../idempotency/outcome.ts';
import { definitionOf } from './kinds/index.ts';
import type { OperationState } from './operation.ts';
import type { UserRequest } from './request.ts';

/** What a client sent in place of a second factor. */
export type SentProof = { code: string } | { stepUp: string };

interface ProofFields {
  totp?: string | null | undefined;
  step_up?: string | null | undefined;
}

type UncheckedRequest = Omit<UserRequest, 'secondFactor'>;

/**
 * Requests an operation. Only the evaluation, under its locks and after the replays, knows whether a code is needed. If so, auth is asked
 * outside the transaction, and the request is evaluated again with auth's answer.
 * @param sent the code, or the passkey's confirmation, that the client sent; or null
 * @throws Problem request_in_progress, unavailable while auth is unreachable
 */
export async function requestOperation(
  deps: Deps,
  queue: CommandQueue,
  request: UncheckedRequest,
  sent: SentProof | null,
): Promise<Outcome<OperationState>> {
  const release = claimKey(deps.inFlightKeys, request.idempotency?.key);
  try {
    const first = await queue.request({ ...request, secondFactor: 'unchecked' });
    if (!('refusal' in first) || first.refusal.code !== refuse.totp_required.code) return first;
    const proof = await readProof(deps, request, sent);
    const answer = await deps.secondFactor(request.requester.id, proof, request.correlationId);
    if (answer === 'missing') return first;
    if (answer === 'wrong') {
      await logWrongProof(deps, request, sent);
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

/** The proof that a client sent; null if it is blank. auth removes spaces within a code. The contract allows one of the two. */
export function sentProof(body: object): SentProof | null {
  const { totp, step_up } = body as ProofFields;
  if (step_up != null && step_up !== '') return { stepUp: step_up };
  return totp == null || totp.trim() === '' ? null : { code: totp };
}

/** A confirmation is checked against what the request will do, never against what the client says that it confirmed. */
async function readProof(
  deps: Deps,
  { input }: UncheckedRequest,
  sent: SentProof | null,
): Promise<Proof | null> {
  if (sent === null || 'code' in sent) return sent;
  const payment = definitionOf(input).confirmed?.(input) ?? null;
  if (payment === null) return null;
  const account = await queryOnce(deps.db, findAccount(payment.accountId));
  const iban = payment.toIban ?? account?.iban ?? null;
  if (account === null || iban === null) return null;
  const { amountMinor } = payment;
  return { stepUp: { value: sent.stepUp, amountMinor, currency: account.currency, iban } };
}

async function logWrongProof(
  deps: Deps,
  { requester, correlationId, input }: UncheckedRequest,
  sent: SentProof | null,
) {
  const isCode = sent !== null && 'code' in sent;
  const event = actionLogged(deps.clock(), correlationId, {
    action: 'STEP_UP_FAILED',
    actor: requester,
    subject: { type: 'user', id: requester.id },
    concerns: [requester.id],
    sentence: isCode
      ? sentence`A wrong security code was entered for a payment`
      : sentence`A passkey’s confirmation did not fit a payment, or was used before`,
    data: { type: input.kind, method: isCode ? 'totp' : 'passkey' },
  });
  await transaction(deps.db, (trx) => enqueue(trx, [event]));
  deps.committed();
}
