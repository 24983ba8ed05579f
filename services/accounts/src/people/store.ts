import type { Database, Transaction } from '@guichet/database';
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
export async function someActiveAgents(trx: Transaction): Promise<string[]> {
  const rows: { id: string }[] = await trx('people')
    .where({ role: 'agent', status: 'active' })
    .select('id')
    .limit(2);
  return rows.map(({ id }) => id);
}

export async function findPeople(trx: Transaction, ids: Iterable<string>): Promise<Map<string, Person>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows: Person[] = await trx('people')
    .whereIn('id', wanted)
    .select('id', 'username', 'name', 'role', 'status');
  return new Map(rows.map((row) => [row.id, row]));
}

/** Reads people so that nobody changes them until the transaction ends. */
export async function holdPeople(trx: Transaction, ids: Iterable<string>): Promise<Map<string, Person>> {
  const wanted = [...new Set(ids)].sort();
  if (wanted.length === 0) return new Map();
  const rows: Person[] = await trx('people')
    .whereIn('id', wanted)
    .orderBy('id')
    .select('id', 'username', 'name', 'role', 'status')
    .forShare();
  return new Map(rows.map((row) => [row.id, row]));
}

export async function lockPerson(trx: Transaction, id: string): Promise<void> {
  await trx('people').where('id', id).forUpdate().first();
}

/** The person asks to leave: from now on nothing new can be asked for in their name. */
export async function markLeaving(trx: Transaction, id: string): Promise<void> {
  await trx('people').where('id', id).update({ status: 'deleted' });
}
