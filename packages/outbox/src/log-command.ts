import { plain, sentence } from '@guichet/contract/events';
import { type Database, newId, transaction } from '@guichet/database';
import { auditEvent, currentOperator, logMessage } from '@guichet/events';
import { enqueue } from './enqueue.ts';

/** Writes to the outbox the audit event of an operator's command about messages of the service. A command that found none changed nothing. */
export async function logCommand(
  db: Database,
  service: 'auth' | 'accounts' | 'logging',
  data: { command: string; count: number },
): Promise<void> {
  if (data.count === 0) return;
  const now = new Date();
  const event = auditEvent(
    { service, id: newId(now), now, correlationId: null },
    {
      action: 'ADMIN_COMMAND',
      actor: null,
      subject: null,
      concerns: [],
      sentence: sentence`An operator ran ${plain(data.command)} on ${plain(String(data.count))} messages.`,
      data: { ...data, ...currentOperator() },
    },
  );
  await transaction(db, (trx) => enqueue(trx, [logMessage(event)]));
}
