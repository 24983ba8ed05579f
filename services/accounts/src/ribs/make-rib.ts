import { randomInt } from 'node:crypto';
import { type Rib, ribKey, ribToIban } from '@guichet/iban';
import type { BankRules } from '../deps.ts';

/** A random account number of eleven digits, from a secure source, so that the next number cannot be guessed from earlier ones. Zero is the bank's own. */
export function drawNumber(): number {
  return randomInt(1, 10 ** 11);
}

/**
 * A new RIB of this bank, with a random account number and its key (CFONB), as an IBAN (ISO 13616). Whether it is in use is checked against the table
 * of all RIBs.
 */
export function makeIban(rules: Pick<BankRules, 'bankCode' | 'branchCode' | 'drawNumber'>): string {
  return ibanOf(rules, rules.drawNumber());
}

/** The IBAN of the bank's own account. */
export function bankIban(rules: Pick<BankRules, 'bankCode' | 'branchCode'>): string {
  return ibanOf(rules, 0);
}

function ibanOf(
  { bankCode: bank, branchCode: branch }: Pick<BankRules, 'bankCode' | 'branchCode'>,
  of: number,
) {
  const number = String(of).padStart(11, '0');
  const rib: Rib = { bank, branch, number, key: ribKey(bank, branch, number) };
  return ribToIban(rib);
}

/** Whether an IBAN is one of this bank's own. */
export function isOurIban(iban: string, rules: Pick<BankRules, 'bankCode'>): boolean {
  return iban.startsWith('FR') && iban.slice(4, 9) === rules.bankCode;
}
