import { LENGTHS } from '@guichet/contract';
import { BBAN_STRUCTURES } from './registry.ts';

/** Letters become 10 to 35, then the number is taken modulo 97 (ISO 7064, MOD 97-10). */
function mod97(text: string): number {
  let remainder = 0;
  for (const character of text) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}

/** The two check digits of an IBAN (ISO 13616): 98 less the remainder of BBAN, country and "00" by 97. */
export function ibanCheckDigits(country: string, bban: string): string {
  return String(98 - mod97(`${bban}${country}00`)).padStart(2, '0');
}

/** Upper case, without spaces or dashes; not validated. Returns '' for text that is too long to be an IBAN. */
export function normalizeIban(typed: string): string {
  if (typed.length > LENGTHS.ibanInput) return '';
  return typed
    .normalize('NFKC')
    .replace(/[\s-]/g, '')
    .replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

const CLASSES: Readonly<Record<string, string>> = { n: '[0-9]', a: '[A-Z]', c: '[0-9A-Z]' };

const FORMS = new Map(
  Object.entries(BBAN_STRUCTURES).map(([country, structure]) => {
    const bban = structure.replace(
      /(\d+)!([nac])/g,
      (_, length: string, kind: string) => `${CLASSES[kind]}{${length}}`,
    );
    return [country, new RegExp(`^${country}[0-9]{2}${bban}$`)];
  }),
);

// Not ibantools: it lacks BI, DJ, FK and HN, checks national digits that the registry leaves to each country's banks, and accepts territories that have
// no IBANs of their own. ibantools.test.ts lists the differences.
/** Whether a normalized IBAN has its country's length and structure in the SWIFT registry, and the right check digits. */
export function isIban(iban: string): boolean {
  const country = iban.slice(0, 2);
  if (FORMS.get(country)?.test(iban) !== true) return false;
  return ibanCheckDigits(country, iban.slice(4)) === iban.slice(2, 4);
}

/** In groups of four, as printed. */
export function formatIban(iban: string): string {
  return iban.replace(/(.{4})(?=.)/g, '$1 ');
}
