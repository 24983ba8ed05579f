import type { Period } from '@guichet/calendar';
import {
  allOf,
  anyOf,
  constant,
  findsText,
  firstIdOf,
  queryOnce,
  type Readable,
  type Sql,
  select,
  sql,
  uuid,
  uuids,
} from '@guichet/database';
import type { Viewer } from './views.ts';

/** What `findsOperation` looks at besides `operations`: the requester, the account that pays or changes with its owner, and the payee's. */
export const SEARCHED_TABLES = sql`
  LEFT JOIN people AS requester ON requester.id = operations.requester_id
  LEFT JOIN accounts AS own ON own.id = operations.account_id
  LEFT JOIN people AS own_holder ON own_holder.id = own.owner_id
  LEFT JOIN accounts AS payee ON payee.id = operations.to_account_id
  LEFT JOIN people AS payee_holder ON payee_holder.id = payee.owner_id`;

/**
 * Operations by what a user typed: in the names of requester, customer and payee or in the reference, or the beginning of an IBAN. Members do not
 * search by holders' names, which payees/verify would not show them.
 */
export function findsOperation(text: string, viewer: Viewer): Sql {
  const shown = [sql`operations.requester_username`, sql`operations.to_name`, sql`operations.reference`];
  const holders = [
    sql`requester.name`,
    sql`own_holder.name`,
    sql`own_holder.username`,
    sql`payee_holder.name`,
    sql`payee_holder.username`,
  ];
  const ibans =
    viewer === 'agent'
      ? [sql`operations.to_iban`, sql`own.iban`, sql`payee.iban`]
      : [sql`operations.to_iban`, sql`own.iban`];
  return anyOf(
    findsText(text, { containing: viewer === 'agent' ? [...shown, ...holders] : shown }),
    findsText(text.replace(/\s/g, ''), { startingWith: ibans }),
  );
}

/** In what is stored with the operation itself. */
export function findsInOperation(text: string): Sql {
  return anyOf(
    findsText(text, {
      containing: [sql`operations.requester_username`, sql`operations.to_name`, sql`operations.reference`],
    }),
    findsText(text.replace(/\s/g, ''), { startingWith: [sql`operations.to_iban`] }),
  );
}

/** Texts are compared with this many operations at most: no index finds a part of a reference or of a payee's name. */
export const COMPARED_MAX = 20_000;
/** Each of these is a path of its own. A text that fits more of them is compared with the newest operations only. */
const PEOPLE_MAX = 10;
const ACCOUNTS_MAX = 20;

/** Whose operations a text means. */
interface Parties {
  people: readonly string[];
  accounts: readonly string[];
}

/** How operations are searched for a text by which no other filter narrows them down. */
export interface TextSearch {
  /** Found by name or IBAN; all their operations are found by index. Null if the text fits too many. */
  parties: Parties | null;
  /** The oldest operation that the text is compared with; null for all of the period. */
  oldest: { id: string; createdAt: Date } | null;
}

export async function prepareSearch(
  db: Readable,
  text: string,
  period: Period,
  comparedMax: number,
): Promise<TextSearch> {
  const [parties, oldest] = await Promise.all([findParties(db, text), findOldest(db, period, comparedMax)]);
  return { parties, oldest };
}

async function findParties(db: Readable, text: string): Promise<Parties | null> {
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);
  const people = await queryOnce(
    db,
    select(
      sql`SELECT id FROM people WHERE ${findsText(text, { containing: [sql`name`, sql`username`] })} LIMIT ${PEOPLE_MAX + 1}`,
      ids,
    ),
  );
  if (people.length > PEOPLE_MAX) return null;
  const iban = text.replace(/\s/g, '').toUpperCase();
  const [owned, numbered] = await Promise.all([
    queryOnce(
      db,
      people.length === 0
        ? constant([])
        : select(
            sql`SELECT id FROM accounts WHERE owner_id IN (${uuids(people)}) LIMIT ${ACCOUNTS_MAX + 1}`,
            ids,
          ),
    ),
    // In the column's own character set, so that the index of the IBANs is used.
    queryOnce(
      db,
      /^[A-Z0-9]+$/.test(iban)
        ? select(
            sql`SELECT account_id AS id FROM ribs WHERE iban LIKE ${`${iban}%`} LIMIT ${ACCOUNTS_MAX + 1}`,
            ids,
          )
        : constant([]),
    ),
  ]);
  const accounts = [...new Set([...owned, ...numbered])];
  return accounts.length > ACCOUNTS_MAX ? null : { people, accounts };
}

/** Ids begin with their time, so the newest operations are the last ones. */
async function findOldest(
  db: Readable,
  { from, to }: Period,
  comparedMax: number,
): Promise<TextSearch['oldest']> {
  const [row] = await queryOnce(
    db,
    select<{ id: string; createdAt: Date }>(
      sql`SELECT id, created_at AS createdAt FROM operations FORCE INDEX (PRIMARY)
        WHERE ${allOf(
          from === null ? undefined : sql`id >= ${uuid(firstIdOf(from))}`,
          to === null ? undefined : sql`id < ${uuid(firstIdOf(to))}`,
        )} ORDER BY id DESC LIMIT 1 OFFSET ${comparedMax - 1}`,
    ),
  );
  return row ?? null;
}
