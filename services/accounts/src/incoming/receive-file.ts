import { createHash } from 'node:crypto';
import type { Actor } from '@guichet/contract/events';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { claimKey } from '../idempotency/in-flight.ts';
import type { Idempotency, Outcome } from '../idempotency/outcome.ts';
import type { OperationInput } from '../operations/kinds/index.ts';
import { incomingPayments, returnedPayments } from '../operations/kinds/payment-file.ts';
import type { OperationState } from '../operations/operation.ts';
import { requestOperations } from '../operations/request-operations.ts';
import { InvalidFile } from '../payment-files/read-xml.ts';

/** The kinds of operation as which files are received. */
export const FILE_DEFINITIONS = {
  incoming_payments: incomingPayments,
  returned_payments: returnedPayments,
} as const;

/** Files that are read at the same time: each takes memory and time. Others wait. */
const READ_AT_ONCE = 2;
const reading = new Set<Promise<unknown>>();

/** Reads a file that was sent. @throws Problem invalid_file, with the line and the reason */
export async function readSent<File>(
  bytes: Buffer,
  read: (bytes: Uint8Array) => Promise<File>,
): Promise<File> {
  try {
    return await readInTurn(bytes, read);
  } catch (error) {
    if (!(error instanceof InvalidFile)) throw error;
    const { line, message } = error;
    throw refuse.invalid_file(`Line ${line}: the file ${message}`, {
      errors: [{ path: `line ${line}`, message }],
    });
  }
}

/** Reads a file once few others are being read. @throws InvalidFile */
export async function readInTurn<File>(
  bytes: Buffer,
  read: (bytes: Uint8Array) => Promise<File>,
): Promise<File> {
  while (reading.size >= READ_AT_ONCE) await Promise.race(reading);
  const one = read(bytes);
  const settled = one.catch(() => undefined).finally(() => reading.delete(settled));
  reading.add(settled);
  return one;
}

/** What a file means: the same bytes are the same request. */
export function meaningOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Receives a file as an operation, with its payments. It doesn't share a batch with other requests, which would wait for it.
 * @throws Problem request_in_progress
 */
export async function receiveFile(
  deps: Deps,
  {
    input,
    requester,
    correlationId,
    idempotency,
  }: {
    input: OperationInput;
    /** Null if the bank itself received it. */
    requester: Actor | null;
    correlationId: string;
    idempotency: Idempotency<OperationState> | null;
  },
): Promise<Outcome<OperationState>> {
  const release = claimKey(deps.inFlightKeys, idempotency?.key);
  try {
    const request = { input, requester, correlationId, idempotency, secondFactor: 'unchecked' as const };
    const [outcome] = await requestOperations(deps, [request]);
    deps.committed();
    return outcome as Outcome<OperationState>;
  } finally {
    release();
  }
}
