import { LOG_LEVELS, ROLES } from '@guichet/contract';
import type { LogEvent } from '@guichet/events';
import { z } from 'zod';

const Id = z.string().regex(/^[\x21-\x7e]{1,36}$/);
const Word = (length: number) => z.string().regex(new RegExp(`^[\\x20-\\x7e]{1,${length}}$`));
const Text = (length: number) => z.string().transform((text) => text.slice(0, length));
// MySQL's DATETIME ends with the year 9999, and an offset can shift a time beyond it.
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const Time = z.iso.datetime({ offset: true }).refine(
  (time) => {
    const at = Date.parse(time);
    return at >= 0 && at <= LAST_TIME;
  },
  { message: 'must be between the years 1970 and 9999' },
);

/** What the log store takes for an entry. Fields it does not know are left out. */
const LogEventForm = z.object({
  id: Id,
  time: Time,
  service: Word(40),
  actor: z.object({ id: Id, username: Text(64), role: z.enum(ROLES) }).nullable(),
  action: Word(64),
  level: z.enum(LOG_LEVELS),
  subject: z.object({ type: Word(40), id: Word(80) }).nullable(),
  operation_id: Id.nullable().default(null),
  concerns: z.array(Id).max(1_000).default([]),
  correlation_id: Word(64).nullable(),
  message: Text(8_000),
  data: z.record(z.string(), z.unknown()).default({}),
});

/**
 * Reads an event out of a message's bytes.
 * @throws Error whose message says what is wrong, without the content
 */
export function parseLogEvent(plain: Buffer): LogEvent {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain));
  } catch {
    throw new Error('the message is not JSON');
  }
  const parsed = LogEventForm.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'event'}: ${issue.message}`);
  throw new Error(`the message is not a log event (${faults.join('; ')})`);
}

/** Every user who may read the event, and whether they are its actor or its subject. */
export function concernedBy(
  event: Pick<LogEvent, 'actor' | 'subject' | 'concerns'>,
): Map<string, { named: boolean }> {
  const concerned = new Map<string, { named: boolean }>();
  for (const id of event.concerns) concerned.set(id, { named: false });
  if (event.subject?.type === 'user') concerned.set(event.subject.id, { named: true });
  if (event.actor !== null) concerned.set(event.actor.id, { named: true });
  return concerned;
}

/** The operation that an event belongs to: named outright, or its subject. */
export function operationOf(event: LogEvent): string | null {
  return event.operation_id ?? (event.subject?.type === 'operation' ? event.subject.id.slice(0, 36) : null);
}
