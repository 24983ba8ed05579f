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

/** How an event concerns a user. */
export interface Concern {
  /** Whether the user is its actor or its subject. */
  readonly named: boolean;
  /** Whether the user may read it, if they are a member. */
  readonly mayRead: boolean;
}

/**
 * The users whom an event concerns: it is found by their names, and most of them may read it. `persons` are those about whom it has a sealed part: what
 * is sealed is found by way of them.
 */
export function concernedBy(
  event: Pick<ReceivedAuditEvent, 'subject' | 'concerns'> & {
    readonly actor: { readonly id: string } | null;
  },
  persons: readonly string[],
): Map<string, Concern> {
  const { actor, subject, concerns } = event;
  const concerned = new Map<string, Concern>(persons.map((id) => [id, { named: false, mayRead: false }]));
  if (subject?.type === 'customer_record') concerned.set(subject.id, { named: true, mayRead: false });
  for (const id of concerns) concerned.set(id, { named: concerned.get(id)?.named ?? false, mayRead: true });
  if (subject?.type === 'user') concerned.set(subject.id, { named: true, mayRead: true });
  if (actor !== null) concerned.set(actor.id, { named: true, mayRead: true });
  return concerned;
}

/** The id of the operation that an event belongs to: its `operation_id`, or its subject. */
export function operationOf(event: ReceivedAuditEvent): string | null {
  return event.operation_id ?? (event.subject?.type === 'operation' ? event.subject.id.slice(0, 36) : null);
}
