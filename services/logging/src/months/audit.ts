import { plain, type ReceivedAuditEvent, sentence } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import { auditEvent, currentOperator } from '@guichet/events';
import type { MonthStatement } from '@guichet/log-checkpoints';

/** The audit event of an operator who exported a month of the log. */
export function monthExported(now: Date, statement: MonthStatement): ReceivedAuditEvent {
  return auditEvent(contextAt(now), {
    action: 'LOG_MONTH_EXPORTED',
    actor: null,
    subject: null,
    concerns: [],
    sentence: sentence`An operator exported ${plain(statement.month)} of the audit log with ${plain(String(statement.entries))} entries.`,
    data: dataOf(statement),
  });
}

/** The same of one who dropped it. */
export function monthDropped(now: Date, statement: MonthStatement): ReceivedAuditEvent {
  return auditEvent(contextAt(now), {
    action: 'LOG_MONTH_DROPPED',
    actor: null,
    subject: null,
    concerns: [],
    sentence: sentence`An operator dropped ${plain(statement.month)} of the audit log with ${plain(String(statement.entries))} entries.`,
    data: dataOf(statement),
  });
}

const contextAt = (now: Date) => ({ service: 'logging' as const, id: newId(now), now, correlationId: null });

function dataOf({ month, entries, last }: MonthStatement) {
  return { month, count: entries, hash: last.hash.toString('hex'), ...currentOperator() };
}
