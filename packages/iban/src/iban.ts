import { electronicFormatIBAN, friendlyFormatIBAN, isValidIBAN } from 'ibantools';

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

/** Upper case, without spaces or dashes; not judged. */
export function normalizeIban(typed: string): string {
  return electronicFormatIBAN(typed.normalize('NFKC').replace(/\s/g, '')) ?? '';
}

/** Whether a normalized IBAN has its country's length and structure (the SWIFT registry, through ibantools) and right check digits. */
export function isIban(iban: string): boolean {
  return isValidIBAN(iban);
}

/** In groups of four, as printed. */
export function formatIban(iban: string): string {
  return friendlyFormatIBAN(iban) ?? iban;
}
