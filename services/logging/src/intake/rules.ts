import { ReceivedAuditEvent } from '@guichet/contract/events';

/**
 * Parses the audit event in a message's bytes.
 * @throws Error that names the wrong fields, without their content
 */
export function parseAuditEvent(plain: Buffer): ReceivedAuditEvent {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain));
  } catch {
    throw new Error('the message is not JSON');
  }
  const parsed = ReceivedAuditEvent.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'event'}: ${issue.message}`);
  throw new Error(`the message is not an audit event (${faults.join('; ')})`);
}

/** The members who may read the event; `named`: they are its actor or its subject. */
export function concernedBy(
  event: Pick<ReceivedAuditEvent, 'actor' | 'subject' | 'concerns'>,
): Map<string, { named: boolean }> {
  const concerned = new Map<string, { named: boolean }>();
  for (const id of event.concerns) concerned.set(id, { named: false });
  if (event.subject?.type === 'user') concerned.set(event.subject.id, { named: true });
  if (event.actor !== null) concerned.set(event.actor.id, { named: true });
  return concerned;
}

/** The id of the operation that an event belongs to: its `operation_id`, or its subject. */
export function operationOf(event: ReceivedAuditEvent): string | null {
  return event.operation_id ?? (event.subject?.type === 'operation' ? event.subject.id.slice(0, 36) : null);
}
