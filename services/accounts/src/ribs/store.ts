import { allOf, constant, type Query, sql, table, uuid, uuidColumn } from '@guichet/database';

export interface KnownRib {
  iban: string;
  accountId: string;
  createdAt: Date;
  retiredAt: Date | null;
}

const ribs = table<KnownRib>('ribs', {
  iban: 'iban',
  accountId: uuidColumn('account_id'),
  createdAt: 'created_at',
  retiredAt: 'retired_at',
});

/** The IBANs among these that this bank has ever issued, with their accounts. */
export function findRibs(ibans: Iterable<string>): Query<Map<string, KnownRib>> {
  const wanted = [...new Set(ibans)];
  if (wanted.length === 0) return constant(new Map());
  return ribs.select(sql`iban IN (${wanted})`).map((rows) => new Map(rows.map((row) => [row.iban, row])));
}

/** Fails with a duplicate key if a number was issued before. */
export function insertRibs(given: readonly { iban: string; accountId: string }[], now: Date): Query<void> {
  return ribs.insert(
    given.map((rib) => ({ ...rib, createdAt: now })),
    ['iban', 'accountId', 'createdAt'],
  );
}

export function retireRibs(ibans: readonly string[], now: Date): Query<number> {
  if (ibans.length === 0) return constant(0);
  return ribs.update({ retiredAt: now }, sql`iban IN (${ibans})`);
}

/** The RIBs that a user's accounts have or had, in the order of their IBANs. */
export function listRibsOf(ownerId: string, afterIban: string | undefined, limit: number): Query<KnownRib[]> {
  const where = allOf(
    sql`account_id IN (SELECT id FROM accounts WHERE owner_id = ${uuid(ownerId)})`,
    afterIban === undefined ? undefined : sql`iban > ${afterIban}`,
  );
  return ribs.select(sql`${where} ORDER BY iban LIMIT ${limit}`);
}
