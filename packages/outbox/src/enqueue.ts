import { inTransaction, queryOnce, type Transaction, type TransactionQuery } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import {
  familyOf,
  isInAnyOrder,
  MAX_ROW_BYTES,
  MAX_ROW_EVENTS,
  type Row,
  toRow,
  type Written,
} from './row.ts';
import { outbox } from './store.ts';

/** NATS refuses a message of more than 1 MiB; sealing and headers need some of that. */
const MAX_PAYLOAD_BYTES = 1_000_000;

/**
 * Writes messages in the transaction of the change that they report: they are published if and only if it commits, and those of one stream in
 * the given order.
 * @throws RangeError for a message that is too large for NATS, which would block all that follow
 */
export async function enqueue(trx: Transaction, messages: readonly OutboxMessage[]): Promise<void> {
  await queryOnce(trx, enqueueAll(messages));
}

/** The same as a query value, for callers that run several queries in one round trip. */
export function enqueueAll(messages: readonly OutboxMessage[]): TransactionQuery<void> {
  return inTransaction(outbox.insert(rowsOf(messages), ['id', 'subject', 'payload', 'events', 'family']));
}

/** Packs the events of one commit into rows, by subject: a row and a message for each would cost more than the rest of the commit. */
function rowsOf(messages: readonly OutboxMessage[]): Row[] {
  const rows: Row[] = [];
  const open = new Map<string, { events: Written[]; bytes: number }>();
  for (const { id, subject, payload } of messages) {
    const text = JSON.stringify(payload);
    const bytes = bytesOf(subject, text);
    const event = { id, subject, payload: text };
    if (!isInAnyOrder(familyOf(subject))) {
      rows.push(toRow(subject, [event]));
      continue;
    }
    let packed = open.get(subject);
    if (
      packed !== undefined &&
      (packed.events.length === MAX_ROW_EVENTS || packed.bytes + bytes > MAX_ROW_BYTES)
    ) {
      rows.push(toRow(subject, packed.events));
      packed = undefined;
    }
    if (packed === undefined) {
      packed = { events: [], bytes: 0 };
      open.set(subject, packed);
    }
    packed.events.push(event);
    packed.bytes += bytes;
  }
  for (const [subject, { events }] of open) rows.push(toRow(subject, events));
  return rows;
}

function bytesOf(subject: string, text: string): number {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PAYLOAD_BYTES)
    throw new RangeError(`a message to ${subject} of ${bytes} bytes is too large`);
  return bytes;
}
