export { formatIban, ibanCheckDigits, isIban, normalizeIban } from './iban.ts';
export { formatRib, isRib, parseRib, type Rib, ribFromIban, ribKey, ribToIban } from './rib.ts';
