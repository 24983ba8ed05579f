import { ibanCheckDigits, normalizeIban } from './iban.ts';

/** A French account number (relevé d'identité bancaire): bank 5 digits, branch 5 digits, number 11 letters or digits, key 2 digits. */
export interface Rib {
  bank: string;
  branch: string;
  number: string;
  key: string;
}

const RIB = /^([0-9]{5})([0-9]{5})([0-9A-Z]{11})([0-9]{2})$/;

/**
 * The key of a RIB: 97 less the remainder of bank, branch, number and "00" by 97, letters read as digits, A–I as 1–9, J–R as 1–9 and S–Z as 2–9 (the
 * French banks' standard, by the CFONB).
 */
export function ribKey(bank: string, branch: string, number: string): string {
  let remainder = 0;
  for (const character of `${bank}${branch}${number}00`)
    remainder = (remainder * 10 + ribDigit(character)) % 97;
  return String(97 - remainder).padStart(2, '0');
}

function ribDigit(character: string): number {
  const value = Number.parseInt(character, 36);
  if (value < 10) return value;
  return value < 28 ? ((value - 10) % 9) + 1 : value - 26;
}

/** Parses a RIB of 23 characters, with any spacing and case. @returns null if the form is invalid; the key is not checked */
export function parseRib(typed: string): Rib | null {
  const match = RIB.exec(normalizeIban(typed));
  if (match === null) return null;
  const [, bank = '', branch = '', number = '', key = ''] = match;
  return { bank, branch, number, key };
}

/** Whether the parts have the form of a RIB and the key is right. */
export function isRib(rib: Rib): boolean {
  const { bank, branch, number, key } = rib;
  // The lengths too: together, the parts may have the right form although one contains a character of the next.
  const hasForm =
    RIB.test(ribToString(rib)) && bank.length === 5 && branch.length === 5 && number.length === 11;
  return hasForm && ribKey(bank, branch, number) === key;
}

export function ribToString({ bank, branch, number, key }: Rib): string {
  return `${bank}${branch}${number}${key}`;
}

/** As printed on a slip. */
export function formatRib({ bank, branch, number, key }: Rib): string {
  return `${bank} ${branch} ${number} ${key}`;
}

/** The IBAN of a RIB: FR, check digits, and the RIB. */
export function ribToIban(rib: Rib): string {
  const bban = ribToString(rib);
  return `FR${ibanCheckDigits('FR', bban)}${bban}`;
}

/** The RIB in a French IBAN. @returns null for another country's IBAN */
export function ribFromIban(iban: string): Rib | null {
  return iban.startsWith('FR') ? parseRib(iban.slice(4)) : null;
}
