import type { Transaction } from '@guichet/database';
import type { BankRules } from '../deps.ts';
import { makeIban } from './make-rib.ts';
import { findRibs } from './store.ts';

const ROUNDS = 200;

/**
 * So many new IBANs of this bank, each different, that were never given out. Another transaction may give one out meanwhile: the key of
 * the table refuses it then, and the transaction is tried again with others.
 * @throws Error where there is hardly a number left
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
