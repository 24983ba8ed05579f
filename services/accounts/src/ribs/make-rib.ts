import { randomInt } from 'node:crypto';
import { type Rib, ribKey, ribToIban } from '@guichet/iban';
import type { BankRules } from '../deps.ts';

/** A random account number, of eleven digits, from the system's secure source of randomness, so the next cannot be guessed from the last. */
export function drawNumber(): number {
  return randomInt(10 ** 11);
}

/**
 * A new RIB of this bank, with a drawn account number and its key (CFONB), as its IBAN (ISO 13616). That nobody has it is for the table
 * of all RIBs to say.
 */
export function makeIban(rules: Pick<BankRules, 'bankCode' | 'branchCode' | 'drawNumber'>): string {
  const number = String(rules.drawNumber()).padStart(11, '0');
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
