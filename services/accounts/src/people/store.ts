import { constant, type Database, type Statement, select, type Transaction } from '@guichet/database';
import type { UserEvent } from '@guichet/events';

export interface Person {
  id: string;
  username: string;
  /** The verified name; the username where there is none. */
  name: string;
  role: string;
  status: string;
}

const COLUMNS = [
  'id',
  'version',
  'username',
  'name',
  'verified_first_name',
  'verified_last_name',
  'role',
  'status',
];

/** Saves users as auth publishes them; an older version never replaces a newer one. */
export async function saveUsers(db: Database, users: readonly UserEvent[]): Promise<void> {
  if (users.length === 0) return;
  const rows = users.map((user) => {
    const { first_name = null, last_name = null } = user.verified_name ?? {};
    return [
      user.id,
      user.version,
      user.username,
      [first_name, last_name].filter(Boolean).join(' ') || user.username,
      first_name,
      last_name,
      user.role,
      user.status,
    ];
  });
  const newer = (column: string) => `${column} = IF(VALUES(version) > version, VALUES(${column}), ${column})`;
  // version last: assignments run from left to right, and the others compare with the stored one.
  await db.raw(
    `INSERT INTO people (${COLUMNS.join(', ')})
     VALUES ${rows.map((row) => `(${row.map(() => '?').join(', ')})`).join(', ')}
     ON DUPLICATE KEY UPDATE ${[...COLUMNS.slice(2), 'version'].map(newer).join(', ')}`,
    rows.flat(),
  );
}

/** Blocks users whose newest state could not be read, until a readable one arrives. */
export async function blockUsers(db: Database, ids: readonly string[]): Promise<void> {
  await db('people').whereIn('id', ids).whereNot('status', 'deleted').update({ status: 'unknown' });
}

/** Two active agents at most: enough to know whether somebody else than one of them could decide. */
export function someActiveAgents(): Statement<string[]> {
  return select(
    "SELECT id FROM people WHERE role = 'agent' AND status = 'active' LIMIT 2",
    [],
    (rows: { id: string }[]) => rows.map(({ id }) => id),
  );
}

/** Locks people against changes until the transaction ends; with `alone`, also against other readers of this kind. */
export function holdPeople(
  ids: Iterable<string>,
  { alone = false }: { alone?: boolean } = {},
): Statement<Map<string, Person>> {
  const wanted = [...new Set(ids)].sort();
  if (wanted.length === 0) return constant(new Map());
  return select(
    `SELECT id, username, name, role, status FROM people WHERE id IN (?) ORDER BY id
     ${alone ? 'FOR UPDATE' : 'LOCK IN SHARE MODE'}`,
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
