import { randomInt } from 'node:crypto';
import { type Rib, ribKey, ribToIban } from '@guichet/iban';
import type { BankRules } from '../bank.ts';

/** A new RIB of this bank with a random account number of eleven digits, as its IBAN. That nobody has it, the store's key holds. */
export function makeIban(rules: Pick<BankRules, 'bankCode' | 'branchCode'>): string {
  const number = String(randomInt(10 ** 11)).padStart(11, '0');
  const rib: Rib = {
    bank: rules.bankCode,
    branch: rules.branchCode,
    number,
    key: ribKey(rules.bankCode, rules.branchCode, number),
  };
  return ribToIban(rib);
}

/** Whether an IBAN is one of this bank's own. */
export function isOurIban(iban: string, rules: Pick<BankRules, 'bankCode'>): boolean {
  return iban.startsWith('FR') && iban.slice(4, 9) === rules.bankCode;
}
