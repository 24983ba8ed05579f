import type { LogEntry } from '@guichet/contract/logging';
import type { OpenEntry } from '../personal/open-entries.ts';

/** Fields that show where the actor was: members see them only of their own actions. */
const PLACE_FIELDS = new Set(['ip', 'user_agent']);

/** Fields that show how the bank is run: members don't see them. */
const OPERATOR_FIELDS = new Set(['operator', 'host']);

/** An entry as a reader sees it; `readerId` is null if the reader may read all entries. */
export function presentEntry(entry: OpenEntry, readerId: string | null): LogEntry {
  const hidesPlace = readerId !== null && entry.actor !== null && entry.actor.id !== readerId;
  const { data } = entry;
  const isHidden = (field: string) =>
    (hidesPlace && PLACE_FIELDS.has(field)) || (readerId !== null && OPERATOR_FIELDS.has(field));
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
    // A member who knew the trace of an agent could send requests in it.
    trace_id: readerId === null ? entry.traceId : null,
    data: Object.fromEntries(Object.entries(data).filter(([field]) => !isHidden(field))),
    hash: entry.hash.toString('hex'),
  };
}
