import type { Actor, AuditFacts, LogActionOf, PersonalText, Sentence } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import { auditEvent, logMessage, type OutboxMessage } from '@guichet/events';
import type { Caller } from '@guichet/tokens';
import type { Origin } from './deps.ts';
import type { UserRow } from './users/store.ts';

/** The audit event of an action, as the outbox keeps it, with the address it came from. */
export function actionLogged<Action extends LogActionOf<'auth'>>(
  now: Date,
  { correlationId, ip }: Origin,
  facts: AuditFacts<Action>,
): OutboxMessage {
  const data = { ...facts.data, ...customerOf(facts), ...(ip === null ? {} : { ip }) };
  return logMessage(auditEvent({ service: 'auth', id: newId(now), now, correlationId }, { ...facts, data }));
}

/** The username of the user whom an action was done to, as its sentence has it. */
function customerOf(facts: { sentence: Sentence; actor: Actor | null; subject: { id: string } | null }): {
  username?: string;
} {
  const { sentence, actor, subject } = facts;
  const named = sentence.names.find(({ of }) => of === subject?.id && of !== actor?.id);
  return named === undefined ? {} : { username: named.text };
}

/** A user, as the audit log names them. */
export function actorOf(person: Pick<Caller, 'userId' | 'username' | 'role'> | UserRow): Actor {
  const id = 'userId' in person ? person.userId : person.id;
  return { id, username: person.username, role: person.role };
}

/** A user's name, as the sentences of the audit log have it. */
export function nameOf(person: Pick<Caller, 'userId' | 'username'> | UserRow): PersonalText {
  return { of: 'userId' in person ? person.userId : person.id, text: person.username };
}
