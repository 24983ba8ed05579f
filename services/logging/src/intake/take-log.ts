import type { DurableName, ReceivedAuditEvent } from '@guichet/contract/events';
import type { Database } from '@guichet/database';
import { type Handling, storedDeadLetters } from '@guichet/dead-letters';
import { type Broker, type Consumption, consumeBatches, logSubject, type Parsed } from '@guichet/events';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';
import { observeBatch } from '../metrics.ts';
import { parseAuditEvent } from './rules.ts';
import { type Stored, storeEvents } from './store-events.ts';

export interface Intake {
  db: Database;
  clock: Clock;
  /** Called after each commit. */
  onStored: (stored: Stored) => void;
}

/** Stores the audit events that services publish, through the consumer that all replicas share. */
export function takeLog(intake: Intake & { broker: Broker; log: Log; maxBatch?: number }): Consumption {
  return consumeBatches({
    broker: intake.broker,
    stream: 'LOG',
    durable: 'logging' satisfies DurableName,
    log: intake.log,
    maxBatch: intake.maxBatch ?? 500,
    ...handleLog(intake),
    traceparentOf: ({ traceparent }) => traceparent,
    deadLetters: storedDeadLetters(intake.db, intake.log),
  });
}

export function handleLog(intake: Intake): Handling<ReceivedAuditEvent> {
  return {
    parse: ({ data, subject, sender = null }) => {
      const event = parseAuditEvent(Buffer.from(data));
      if (sender !== null && event.service !== sender)
        throw new Error(`the event names another service than its sender, ${sender}`);
      if (logSubject(event) !== subject)
        throw new Error('the subject has another level or group than the event');
      return event;
    },
    onBatch: (batch) => takeBatch(intake, batch),
  };
}

/**
 * Stores one batch, then acknowledges it: after a crash in between, the batch is delivered again, and the log recognizes its events by id.
 */
async function takeBatch(intake: Intake, batch: readonly Parsed<ReceivedAuditEvent>[]): Promise<void> {
  const events = batch.map(({ value }) => value);
  const stored = await storeEvents(intake.db, events, intake.clock());
  for (const message of batch) message.ack();

  const now = intake.clock().getTime();
  const oldest = Math.min(...events.map(({ time }) => Date.parse(time)), now);
  observeBatch({ received: batch.length, stored: stored.stored, oldestAgeSeconds: (now - oldest) / 1000 });
  intake.onStored(stored);
}
