import { change, constant, insertInto, type Statement, select } from '@guichet/database';

export interface KnownRib {
  iban: string;
  accountId: string;
  retiredAt: Date | null;
}

/** Which of the IBANs were ever given out by this bank, and to which account. */
export function findRibs(ibans: Iterable<string>): Statement<Map<string, KnownRib>> {
  const wanted = [...new Set(ibans)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    'SELECT iban, account_id, retired_at FROM ribs WHERE iban IN (?)',
    [wanted],
    (rows: { iban: string; account_id: string; retired_at: Date | null }[]) =>
      new Map(
        rows.map((row) => [
          row.iban,
          { iban: row.iban, accountId: row.account_id, retiredAt: row.retired_at },
        ]),
      ),
  );
}

/** Fails with a duplicate key if a number was given out before. */
export function insertRibs(ribs: readonly { iban: string; accountId: string }[], now: Date): Statement<void> {
  return insertInto(
    'ribs',
    ['iban', 'account_id', 'created_at'],
    ribs.map(({ iban, accountId }) => [iban, accountId, now]),
  );
}

export function retireRibs(ibans: readonly string[], now: Date): Statement<void> {
  if (ibans.length === 0) return constant(undefined);
  return change('UPDATE ribs SET retired_at = ? WHERE iban IN (?)', [now, ibans]);
}
