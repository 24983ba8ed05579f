import type { AuditEvent } from '@guichet/contract/events';
import { type Database, transaction } from '@guichet/database';
import { logMessage } from '@guichet/events';
import { enqueue } from './enqueue.ts';

/** Writes an audit event that no other change belongs to, such as that of an operator's command, to the outbox. */
export function enqueueEvent(db: Database, event: AuditEvent): Promise<void> {
  return transaction(db, (trx) => enqueue(trx, [logMessage(event)]));
}
