import { tombstoneName } from '@guichet/contract';
import type { UserEvent } from '@guichet/contract/events';
import {
  change,
  constant,
  identifier,
  join,
  lock,
  lockShared,
  type Query,
  type Read,
  select,
  sql,
  type TransactionQuery,
  table,
  uuid,
  uuidColumn,
  uuids,
} from '@guichet/database';

export interface Person {
  id: string;
  username: string;
  /** The verified name; the username if there is none. */
  name: string;
  role: string;
  status: string;
}

interface StoredPerson extends Person {
  version: number;
  verifiedFirstName: string | null;
  verifiedLastName: string | null;
}

const people = table<StoredPerson>('people', {
  id: uuidColumn('id'),
  version: 'version',
  username: 'username',
  name: 'name',
  verifiedFirstName: 'verified_first_name',
  verifiedLastName: 'verified_last_name',
  role: 'role',
  status: 'status',
});

const COMPARED = [
  'username',
  'name',
  'verified_first_name',
  'verified_last_name',
  'role',
  'status',
  'version',
];

/** Stores users as auth publishes them; an older version never replaces a newer one. */
export function saveUsers(users: readonly UserEvent[]): Query<void> {
  const rows = users.map((user) => {
    const { first_name = null, last_name = null } = user.verified_name ?? {};
    return {
      id: user.id,
      version: user.version,
      username: user.username,
      name: [first_name, last_name].filter(Boolean).join(' ') || user.username,
      verifiedFirstName: first_name,
      verifiedLastName: last_name,
      role: user.role,
      status: user.status,
    };
  });
  // version last: assignments run from left to right, and the others compare with the stored one.
  const newer = COMPARED.map(identifier).map(
    (column) => sql`${column} = IF(VALUES(version) > version, VALUES(${column}), ${column})`,
  );
  return people.upsert(
    rows,
    ['id', 'version', 'username', 'name', 'verifiedFirstName', 'verifiedLastName', 'role', 'status'],
    // After a restore auth may publish a user who was deleted later; deleting them again must find what came back with the backup.
    sql`forgotten = IF(VALUES(version) > version AND VALUES(status) <> 'deleted', 0, forgotten), ${join(newer, sql`, `)}`,
  );
}

/** Blocks users whose newest state could not be read, until a readable one arrives. */
export function blockUsers(ids: readonly string[]): Query<number> {
  return people.update({ status: 'unknown' }, sql`id IN (${uuids(ids)}) AND status <> 'deleted'`);
}

/** At most two active agents: enough to know whether an agent other than the requester can decide. */
export function someActiveAgents(): Query<string[]> {
  return select(
    sql`SELECT id FROM people WHERE role = 'agent' AND status = 'active' LIMIT 2`,
    (rows: { id: string }[]) => rows.map(({ id }) => id),
  );
}

/** The active ones among some people. */
export function findActive(ids: readonly string[]): Read<Set<string>> {
  if (ids.length === 0) return constant(new Set());
  return select(
    sql`SELECT id FROM people WHERE id IN (${uuids(ids)}) AND status = 'active'`,
    (rows: { id: string }[]) => new Set(rows.map(({ id }) => id)),
  );
}

/** Locks people against changes until the transaction ends; with `alone`, also against other readers of this kind. */
export function holdPeople(
  ids: Iterable<string>,
  { alone = false }: { alone?: boolean } = {},
): TransactionQuery<Map<string, Person>> {
  const wanted = [...new Set(ids)].sort();
  if (wanted.length === 0) return constant(new Map());
  const reading = sql`SELECT id, username, name, role, status FROM people WHERE id IN (${uuids(wanted)}) ORDER BY id`;
  return (alone ? lock<Person>(reading) : lockShared<Person>(reading)).map(byId);
}

function byId(rows: Person[]): Map<string, Person> {
  return new Map(rows.map((row) => [row.id, row]));
}

export function findPerson(id: string): Query<StoredPerson | null> {
  return people.find(sql`id = ${uuid(id)}`);
}

export function lockPerson(id: string): TransactionQuery<Person | null> {
  return people.lockOne(sql`id = ${uuid(id)}`);
}

/** Marks a user as leaving, so that nothing new can be requested in their name. auth's event says when they are deleted. */
export function markLeaving(id: string): Query<number> {
  return people.update({ status: 'leaving' }, sql`id = ${uuid(id)}`);
}

/** Deleted users about whom this schema still has data. */
export function findToForget(limit: number): Query<string[]> {
  return select(
    sql`SELECT id FROM people WHERE status = 'deleted' AND forgotten = 0 LIMIT ${limit}`,
    (rows: { id: string }[]) => rows.map(({ id }) => id),
  );
}

/** Erases the names of a user, if they are still deleted, and notes that everything else has been erased. */
export function markForgotten(id: string): Query<unknown> {
  const name = tombstoneName(id);
  return change(sql`UPDATE people SET username = ${name}, name = ${name}, verified_first_name = NULL, verified_last_name = NULL,
     forgotten = 1 WHERE id = ${uuid(id)} AND status = 'deleted'`);
}
