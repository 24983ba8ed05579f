import { anyOf, findsText, type Sql, sql } from '@guichet/database';

/** What `findsOperation` looks at besides `operations`: the requester, the account that pays or changes with its owner, and the payee's. */
export const SEARCHED_TABLES = sql`
  LEFT JOIN people AS requester ON requester.id = operations.requester_id
  LEFT JOIN accounts AS own ON own.id = COALESCE(operations.account_id, operations.from_account_id)
  LEFT JOIN people AS own_holder ON own_holder.id = own.owner_id
  LEFT JOIN accounts AS payee ON payee.id = operations.to_account_id
  LEFT JOIN people AS payee_holder ON payee_holder.id = payee.owner_id`;

/**
 * Operations by what a user typed: in the names of requester, customer and payee or in the reference, or the beginning of an IBAN. Members do not
 * search by holders' names, which payees/verify would not show them.
 */
export function findsOperation(text: string, viewer: 'agent' | 'requester'): Sql {
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
