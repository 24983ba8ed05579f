import { LENGTHS } from '@guichet/contract';
import type { Account, PayeeNumber } from '@guichet/contract/accounts';
import { isIban, isRib, normalizeIban, parseRib, ribToIban } from '@guichet/iban';
import { MAX_AMOUNT_MINOR, minorDigits, parseMoney } from '@guichet/money';

/** A typed amount in minor units, or a key under `errors`. */
export type TypedAmount = { amountMinor: bigint } | { error: AmountError };
type AmountError = 'required' | 'amount_decimals' | 'amount_unclear' | 'amount_zero' | 'amount_too_large';

/** Reads "1 234,56", "1234.56", "1.234,56" and the like. An ambiguous amount is refused, never guessed. */
export function readAmount(typed: string, currency = 'EUR'): TypedAmount {
  const trimmed = typed.trim();
  if (trimmed === '') return { error: 'required' };
  const amountMinor = parseMoney(trimmed, currency);
  if (amountMinor === null) {
    const fraction = /^[\p{Sc}A-Z\s]*[\d\s.,'’]*\d[.,](\d+)[\p{Sc}A-Z\s]*$/iu.exec(trimmed)?.[1];
    return {
      error:
        fraction !== undefined && fraction.length > minorDigits(currency)
          ? 'amount_decimals'
          : 'amount_unclear',
    };
  }
  if (amountMinor === 0n) return { error: 'amount_zero' };
  if (amountMinor > MAX_AMOUNT_MINOR) return { error: 'amount_too_large' };
  return { amountMinor };
}

/**
 * Like `readAmount`, in the currency of the chosen account. Until one is chosen, an amount must be valid in the currency of at least one of
 * `accounts`.
 */
export function readAmountFor(
  typed: string,
  chosen: { currency: string } | undefined,
  accounts: readonly { currency: string }[],
): TypedAmount {
  const currencies = [
    ...new Set((chosen === undefined ? accounts : [chosen]).map(({ currency }) => currency)),
  ];
  const readings = currencies.map((currency) => readAmount(typed, currency));
  return readings.find((reading) => !('error' in reading)) ?? readings[0] ?? readAmount(typed);
}

/** The currency of the chosen account, or the one that all `accounts` have; '' if it depends on the choice. */
export function formCurrency(
  chosenId: string | undefined,
  accounts: readonly { id: string; currency: string }[],
): string {
  const chosen = accounts.find(({ id }) => id === chosenId);
  if (chosen !== undefined) return chosen.currency;
  const currencies = new Set(accounts.map(({ currency }) => currency));
  return currencies.size === 1 ? ([...currencies][0] ?? '') : '';
}

/** Like `readAmount`, but accepts 0. */
export function readAmountOrZero(typed: string, currency = 'EUR'): TypedAmount {
  const read = readAmount(typed, currency);
  return 'error' in read && read.error === 'amount_zero' ? { amountMinor: 0n } : read;
}

/** An error for `amount` if the account can't pay it now or its limit forbids it; accounts decides again when it is asked. */
export function fundsError(
  account: Pick<Account, 'available' | 'limits'> | undefined,
  amount: TypedAmount,
): Record<string, string> {
  if (account === undefined || 'error' in amount) return {};
  if (amount.amountMinor > BigInt(account.available)) return { amount: 'refusals.insufficient_funds' };
  const limit = account.limits.operation;
  return limit !== null && amount.amountMinor > BigInt(limit) ? { amount: 'refusals.limit_exceeded' } : {};
}

/** An error for `reference` if it is too long. */
export function referenceError(reference: string): Record<string, string> {
  return [...reference].length > LENGTHS.reference ? { reference: 'reference_too_long' } : {};
}

/** An account number in the form of the API: an IBAN if it begins with two letters, otherwise a RIB. */
export function readAccountNumber(typed: string): PayeeNumber {
  // Text that is too long to be normalized goes to the service as typed, which refuses it.
  const number = normalizeIban(typed) || typed;
  return /^[A-Z]{2}\d{2}/.test(number) ? { iban: number } : { rib: number };
}

/** The IBAN of an account number; null if it is neither an IBAN nor a RIB. */
export function ibanOf({ iban, rib }: PayeeNumber): string | null {
  if (iban !== undefined) return normalizeIban(iban);
  const parsed = typeof rib === 'string' ? parseRib(rib) : (rib ?? null);
  return parsed === null ? null : ribToIban(parsed);
}

/** Why what was typed can't be an account number: a key of the catalog, or null. Whether anyone has it, accounts knows. */
export function accountNumberError(typed: string): string | null {
  if (typed.trim() === '') return 'required';
  const { iban, rib } = readAccountNumber(typed);
  if (iban !== undefined) return isIban(iban) ? null : 'refusals.invalid_iban';
  const parsed = typeof rib === 'string' ? parseRib(rib) : null;
  return parsed !== null && isRib(parsed) ? null : 'refusals.invalid_rib';
}
