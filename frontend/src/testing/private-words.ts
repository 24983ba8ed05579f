import { household } from './answers/accounts.ts';
import { pendingTransfer } from './answers/operations.ts';
import { beneficiaries, buildUser } from './fixtures.ts';

const people = (['alice', 'bruno', 'chloe', 'root', 'denis'] as const).map((name) =>
  buildUser(name, 'member'),
);

/** What must be in no address: names, usernames, account numbers, amounts, email and network addresses, and what people wrote. */
const PRIVATE_WORDS: readonly string[] = [
  ...people.flatMap(({ username, email, first_name, last_name }) => [username, email, first_name, last_name]),
  ...beneficiaries.flatMap(({ name, iban, rib }) => [name, iban, rib?.number ?? iban]),
  ...[household.name, household.iban, household.balance, household.available],
  ...[pendingTransfer.amount, '840.00', '840,00', '4823.17', pendingTransfer.reference],
  ...['192.0.2.14', '198.51.100.7', '@example', 'correct horse battery'],
].flatMap((word) => (word === null ? [] : [String(word)]));

const PATTERN = new RegExp(
  `(?<![\\w-])(?:${PRIVATE_WORDS.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})(?!\\w)`,
  'iu',
);

/** The first private word in a text that may be encoded for an address; null if there is none. */
export function privateWordIn(text: string): string | null {
  return PATTERN.exec(readable(text))?.[0] ?? null;
}

/** Decoded as often as an address in an address may be encoded. */
function readable(text: string): string {
  let decoded = text.replaceAll('+', ' ').replaceAll('&amp;', '&');
  for (let times = 0; times < 3; times += 1) {
    try {
      decoded = decodeURIComponent(decoded).replaceAll('+', ' ');
    } catch {
      break;
    }
  }
  return decoded;
}
