import type { Transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';

/** Writes messages beside the change they tell of: they are delivered if, and only if, the transaction commits. */
export async function enqueue(trx: Transaction, messages: readonly OutboxMessage[]): Promise<void> {
  if (messages.length === 0) return;
  const values = messages.map(({ id, subject, payload }) => [id, subject, JSON.stringify(payload)]);
  await trx.raw(
    `INSERT INTO outbox (id, subject, payload) VALUES ${values.map(() => '(?, ?, ?)').join(', ')}`,
    values.flat() as string[],
  );
}
