import type { Transaction } from '@guichet/database';

export interface KnownRib {
  iban: string;
  accountId: string;
  retiredAt: Date | null;
}

/** Which of the IBANs were ever given out by this bank, and to which account. */
export async function findRibs(trx: Transaction, ibans: Iterable<string>): Promise<Map<string, KnownRib>> {
  const wanted = [...new Set(ibans)];
  if (wanted.length === 0) return new Map();
  const rows: { iban: string; account_id: string; retired_at: Date | null }[] = await trx('ribs').whereIn(
    'iban',
    wanted,
  );
  return new Map(
    rows.map((row) => [row.iban, { iban: row.iban, accountId: row.account_id, retiredAt: row.retired_at }]),
  );
}

/** @throws a duplicate key where the number was given out before */
export async function insertRib(trx: Transaction, iban: string, accountId: string, now: Date): Promise<void> {
  await trx('ribs').insert({ iban, account_id: accountId, created_at: now });
}

export async function retireRib(trx: Transaction, iban: string, now: Date): Promise<void> {
  await trx('ribs').where('iban', iban).update({ retired_at: now });
}
