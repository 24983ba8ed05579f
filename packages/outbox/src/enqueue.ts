import { ask, insertInto, type Statement, type Transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';

/** NATS refuses a message of more than 1 MiB; sealing and headers take a little of it. */
const MAX_PAYLOAD_BYTES = 1_000_000;

/**
 * Writes messages beside the change they tell of: they are delivered if, and only if, the transaction commits.
 * @throws RangeError for one that NATS would never take, for it would hold up all that follow
 */
export async function enqueue(trx: Transaction, messages: readonly OutboxMessage[]): Promise<void> {
  await ask(trx, enqueueAll(messages));
}

/** The same as a statement, for those who send several at once. */
export function enqueueAll(messages: readonly OutboxMessage[]): Statement<void> {
  return insertInto(
    'outbox',
    ['id', 'subject', 'payload'],
    messages.map(({ id, subject, payload }) => [id, subject, encode(subject, payload)]),
  );
}

function encode(subject: string, payload: unknown): string {
  const text = JSON.stringify(payload);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PAYLOAD_BYTES)
    throw new RangeError(`a message to ${subject} of ${bytes} bytes is too large`);
  return text;
}
