import type { LogEntry } from '@guichet/contract/logging';
import type { OpenEntry } from '../personal/open-entries.ts';

/** Fields that show where the actor was: members see them only of their own actions. */
const PLACE_FIELDS = new Set(['ip', 'user_agent']);

/** An entry as a reader sees it; `readerId` is null if the reader may read all entries. */
export function presentEntry(entry: OpenEntry, readerId: string | null): LogEntry {
  const hidesPlace = readerId !== null && entry.actor !== null && entry.actor.id !== readerId;
  const { data } = entry;
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
