import { createHash } from 'node:crypto';
import type { Clock } from '@guichet/config';
import type { Database } from '@guichet/database';
import {
  type Broker,
  type Consumption,
  consumeBatches,
  type LogEvent,
  type Opener,
  type Received,
} from '@guichet/events';
import type { Log } from '@guichet/log';
import { observeBatch } from '../metrics.ts';
import { parseLogEvent } from './rules.ts';
import type { UnreadableRow } from './store.ts';
import { type Stored, storeEvents } from './store-events.ts';

const SEALED = Buffer.from('GS1');

export interface Intake {
  db: Database;
  clock: Clock;
  log: Log;
  /** Opens sealed payloads; without it they are set aside. */
  open: Opener | null;
  /** Told after each commit. */
  onStored: (stored: Stored) => void;
}

/** Takes what the services publish into the log, through the consumer that all replicas share. */
export function takeLog(intake: Intake & { broker: Broker; maxBatch?: number }): Consumption {
  return consumeBatches({
    broker: intake.broker,
    stream: 'LOG',
    durable: 'logging',
    log: intake.log,
    maxBatch: intake.maxBatch ?? 500,
    onBatch: (batch) => takeBatch(intake, batch),
  });
}

/**
 * Stores one batch and acknowledges it, in that order: a crash between the two brings the batch again, and the log knows it
 * by its ids. A message that cannot be read goes to `unreadable`, raw, and does not hold up the rest.
 */
export async function takeBatch(intake: Intake, batch: readonly Received[]): Promise<void> {
  const events: LogEvent[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const message of batch) {
    try {
      events.push(parseLogEvent(unseal(Buffer.from(message.data), intake.open)));
    } catch (error) {
      unreadable.push(setAside(message, error as Error, intake.clock()));
    }
  }
  const stored = await storeEvents(intake.db, events, unreadable);
  for (const message of batch) message.ack();

  for (const row of unreadable) {
    intake.log.error(
      { subject: row.subject, message_id: row.messageId, reason: row.reason },
      'a log message is unreadable',
    );
  }
  const oldest = Math.min(...events.map(({ time }) => Date.parse(time)), intake.clock().getTime());
  observeBatch({
    received: batch.length,
    stored: stored.stored,
    unreadable: unreadable.length,
    oldestAgeSeconds: (intake.clock().getTime() - oldest) / 1000,
  });
  intake.onStored(stored);
}

function unseal(bytes: Buffer, open: Opener | null): Buffer {
  if (!bytes.subarray(0, SEALED.length).equals(SEALED)) return bytes;
  if (open === null) throw new Error('the message is sealed and LOG_SEALING_SEED is not set');
  try {
    return open(bytes);
  } catch {
    throw new Error('the message was sealed for another key, or was changed');
  }
}

function setAside(message: Received, error: Error, receivedAt: Date): UnreadableRow {
  const payload = Buffer.from(message.data);
  return {
    digest: createHash('sha256').update(message.subject).update('\0').update(payload).digest(),
    receivedAt,
    subject: message.subject.slice(0, 255),
    messageId: message.id.slice(0, 255),
    reason: error.message.slice(0, 500),
    payload,
  };
}
