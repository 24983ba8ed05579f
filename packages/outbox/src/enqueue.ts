import { inTransaction, queryOnce, type Transaction, type TransactionQuery } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import {
  type Family,
  familyOf,
  MAX_ROW_BYTES,
  MAX_ROW_MESSAGES,
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
  return inTransaction(outbox.insert(rowsOf(messages), ['id', 'subject', 'payload', 'messages', 'family']));
}

/** Packs the messages of one commit into rows, by stream: a row per message would cost the database more than the rest of the commit. */
function rowsOf(messages: readonly OutboxMessage[]): Row[] {
  const rows: Row[] = [];
  const open = new Map<Family, { texts: Written[]; bytes: number }>();
  for (const { id, subject, payload } of messages) {
    const text = JSON.stringify(payload);
    const bytes = bytesOf(subject, text);
    const family = familyOf(subject);
    let packed = open.get(family);
    if (
      packed !== undefined &&
      (packed.texts.length === MAX_ROW_MESSAGES || packed.bytes + bytes > MAX_ROW_BYTES)
    ) {
      rows.push(toRow(family, packed.texts));
      packed = undefined;
    }
    if (packed === undefined) {
      packed = { texts: [], bytes: 0 };
      open.set(family, packed);
    }
    packed.texts.push({ id, subject, payload: text });
    packed.bytes += bytes;
  }
  for (const [family, { texts }] of open) rows.push(toRow(family, texts));
  return rows;
}

function bytesOf(subject: string, text: string): number {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PAYLOAD_BYTES)
    throw new RangeError(`a message to ${subject} of ${bytes} bytes is too large`);
  return bytes;
}
