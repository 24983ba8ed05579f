import { type Database, nothing, type Statement, select, type Transaction } from '@guichet/database';
import type { UserEvent } from '@guichet/events';

export interface Person {
  id: string;
  username: string;
  name: string;
  role: string;
  status: string;
}

/** Takes what auth told of users; an older version never replaces a newer one. */
export async function saveUsers(db: Database, users: readonly UserEvent[]): Promise<void> {
  if (users.length === 0) return;
  const values = users.flatMap((user) => [
    user.id,
    user.version,
    user.username,
    [user.first_name, user.last_name].filter(Boolean).join(' ') || user.username,
    user.role,
    user.status,
  ]);
  const newer = (column: string) => `${column} = IF(VALUES(version) > version, VALUES(${column}), ${column})`;
  // version last: assignments run from left to right, and the others compare with the stored one.
  await db.raw(
    `INSERT INTO people (id, version, username, name, role, status)
     VALUES ${users.map(() => '(?, ?, ?, ?, ?, ?)').join(', ')}
     ON DUPLICATE KEY UPDATE ${['username', 'name', 'role', 'status', 'version'].map(newer).join(', ')}`,
    values,
  );
}

/** Two active agents at most: enough to know whether somebody else than one of them could decide. */
export function someActiveAgents(): Statement<string[]> {
  return select(
    "SELECT id FROM people WHERE role = 'agent' AND status = 'active' LIMIT 2",
    [],
    (rows: { id: string }[]) => rows.map(({ id }) => id),
  );
}

/** Reads people so that nobody changes them until the transaction ends. */
export function holdPeople(ids: Iterable<string>): Statement<Map<string, Person>> {
  const wanted = [...new Set(ids)].sort();
  if (wanted.length === 0) return nothing(new Map());
  return select(
    'SELECT id, username, name, role, status FROM people WHERE id IN (?) ORDER BY id LOCK IN SHARE MODE',
    [wanted],
    byId,
  );
}

function byId(rows: Person[]): Map<string, Person> {
  return new Map(rows.map((row) => [row.id, row]));
}

export async function lockPerson(trx: Transaction, id: string): Promise<void> {
  await trx('people').where('id', id).forUpdate().first();
}

/** The person asks to leave: from now on nothing new can be asked for in their name. */
export async function markLeaving(trx: Transaction, id: string): Promise<void> {
  await trx('people').where('id', id).update({ status: 'deleted' });
}
