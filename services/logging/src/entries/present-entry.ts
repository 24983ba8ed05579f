import { ROLES } from '@guichet/contract';
import { z } from 'zod';
import type { StoredEntry } from './store.ts';

/** A log entry as it leaves. */
export const LogEntryView = z
  .object({
    id: z.string(),
    sequence: z.int(),
    time: z.iso.datetime(),
    level: z.enum(['INFO', 'WARNING', 'ERROR']),
    service: z.string(),
    action: z.string(),
    actor: z.object({ id: z.string(), username: z.string(), role: z.enum(ROLES) }).nullable(),
    subject: z.object({ type: z.string(), id: z.string() }).nullable(),
    operation_id: z.string().nullable(),
    message: z.string(),
    correlation_id: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
    hash: z.string().meta({ description: 'SHA-256 over the entry and the hash of the one before, in hex' }),
  })
  .meta({ id: 'LogEntry' });

export type LogEntry = z.output<typeof LogEntryView>;

/** Where another person was when they did it is no business of a member to whom it was done. */
const PLACE_FIELDS = new Set(['ip', 'user_agent']);

/** What a reader sees of an entry; `readerId` is null for those who may read all. */
export function presentEntry(entry: StoredEntry, readerId: string | null): LogEntry {
  const hidesPlace = readerId !== null && entry.actor !== null && entry.actor.id !== readerId;
  const data: Record<string, unknown> = JSON.parse(entry.data);
  return {
    id: entry.id,
    sequence: Number(entry.sequence),
    time: entry.time.toISOString(),
    level: entry.level,
    service: entry.service,
    action: entry.action,
    actor: entry.actor,
    subject: entry.subject,
    operation_id: entry.operationId,
    message: entry.message,
    correlation_id: entry.correlationId,
    data: hidesPlace
      ? Object.fromEntries(Object.entries(data).filter(([field]) => !PLACE_FIELDS.has(field)))
      : data,
    hash: entry.hash.toString('hex'),
  };
}
