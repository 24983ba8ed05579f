import type { Transaction } from '@guichet/database';
import type { BankRules } from '../deps.ts';
import { makeIban } from './make-rib.ts';
import { findRibs } from './store.ts';

const ROUNDS = 200;

/**
 * Generates `count` different IBANs of this bank that were never issued. Another transaction may issue one of them meanwhile: the table then refuses
 * it by its primary key, and the transaction is retried with others.
 * @throws Error if almost no numbers are left
 */
export async function drawIbans(trx: Transaction, rules: BankRules, count: number): Promise<string[]> {
  const free = new Set<string>();
  for (let round = 0; free.size < count; round += 1) {
    if (round === ROUNDS) throw new Error('no free account number was found');
    const drawn = Array.from({ length: count - free.size }, () => makeIban(rules));
    const [taken] = await trx.query(findRibs(drawn));
    for (const iban of drawn) if (!taken.has(iban)) free.add(iban);
  }
  return [...free];
}
