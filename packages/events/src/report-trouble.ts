import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServiceName } from '@guichet/contract';
import { type AuditEvent, plain, sentence } from '@guichet/contract/events';
import { type Log, onTrouble } from '@guichet/log';
import { sleep } from '@guichet/time';
import { v7 } from 'uuid';
import { auditEvent } from './audit-event.ts';
import type { Broker } from './broker.ts';
import { logMessage, type OutboxMessage } from './messages.ts';

export interface Reporting {
  /** Sends the queued lines, for half a second at most, and stops reporting. */
  stop(): Promise<void>;
}

const MAX_WAITING = 200;
const LINES_PER_WINDOW = 50;
const WINDOW_MS = 10_000;
const MAX_DATA_BYTES = 4_096;
const RETRY_MS = 1_000;
const FLUSH_WITHIN_MS = 500;

/** Set while a report is sent: log lines written meanwhile are not reported, to avoid an endless loop. */
const withinSending = new AsyncLocalStorage<true>();

/**
 * Publishes every warning and error that `log` and its children write to the audit log (`log.system.warning`, `log.system.error`), redacted
 * in the same way. Best effort and asynchronous: at most 200 lines are queued and 50 published in ten seconds (the next one reports how many were
 * dropped); it never logs its own failures. A line with the field `has_entry: true` isn't published: the audit log has its own entry for it.
 */
export function reportTrouble(options: {
  log: Log;
  broker: Pick<Broker, 'ready' | 'publish'>;
  service: ServiceName;
  clock?: () => Date;
}): Reporting {
  const { log, broker, service, clock = () => new Date() } = options;
  const waiting: OutboxMessage[] = [];
  const stopping = new AbortController();
  let windowEndsAt = 0;
  let published = 0;
  let dropped = 0;
  let sending: Promise<void> | null = null;

  function take(line: string): void {
    if (withinSending.getStore() === true) return;
    const fields = JSON.parse(line) as Record<string, unknown>;
    if (fields.has_entry === true) return;
    const now = performance.now();
    if (now >= windowEndsAt) {
      windowEndsAt = now + WINDOW_MS;
      published = 0;
    }
    if (published >= LINES_PER_WINDOW || waiting.length >= MAX_WAITING) {
      dropped += 1;
      return;
    }
    published += 1;
    // Now, while the trace of the line runs.
    waiting.push(logMessage(toEvent(fields, { service, now: clock(), dropped })));
    dropped = 0;
    sending ??= sendWaiting().finally(() => {
      sending = null;
    });
  }

  async function sendWaiting(): Promise<void> {
    // Sends after the logging call has returned, so that logging is never delayed.
    await undefined;
    for (let message = waiting[0]; message !== undefined; message = waiting[0]) {
      if (await isSent(message)) waiting.shift();
      else if (stopping.signal.aborted) return;
      else await sleep(RETRY_MS, stopping.signal, { ref: false });
    }
  }

  async function isSent({ id, subject, payload }: OutboxMessage): Promise<boolean> {
    if (!broker.ready()) return false;
    const bytes = Buffer.from(JSON.stringify(payload));
    return withinSending.run(true, () =>
      broker.publish({ id, subject, payload: bytes }).then(
        () => true,
        () => false,
      ),
    );
  }

  const end = onTrouble(log, take);
  return {
    async stop() {
      end();
      stopping.abort();
      await Promise.race([sending, sleep(FLUSH_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

/** Turns a line of the process's log into an audit event; stack traces are left out. */
function toEvent(
  logged: Record<string, unknown>,
  more: { service: ServiceName; now: Date; dropped: number },
): AuditEvent {
  const {
    level,
    time: _,
    service: __,
    pid: ___,
    hostname: ____,
    msg,
    correlation_id,
    trace_id: _____,
    span_id: ______,
    ...fields
  } = logged;
  const isError = level === 'error' || level === 'fatal';
  const data = withoutStacks(fields) as Record<string, unknown>;
  const isLarge = Buffer.byteLength(JSON.stringify(data)) > MAX_DATA_BYTES;
  return auditEvent(
    {
      service: more.service,
      id: v7(),
      now: more.now,
      correlationId: typeof correlation_id === 'string' ? correlation_id : null,
    },
    {
      action: isError ? 'SERVICE_ERROR' : 'SERVICE_WARNING',
      actor: null,
      subject: null,
      concerns: [],
      sentence: sentence`${plain(String(msg ?? 'no text').slice(0, 1_000))}`,
      data: {
        ...(isLarge ? { left_out: 'the fields were too large' } : data),
        ...(more.dropped === 0 ? {} : { lines_dropped_before: more.dropped }),
      },
    },
  );
}

function withoutStacks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutStacks);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => name !== 'stack');
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutStacks(field)]));
}
