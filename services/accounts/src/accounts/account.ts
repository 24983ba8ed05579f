import type { AccountStatus, AccountType } from '@guichet/contract';
import { CURRENCIES } from '@guichet/money';

/** A customer's account as the ledger knows it; amounts in minor units of `currency`. */
export interface Account {
  id: string;
  ownerId: string;
  name: string;
  type: AccountType;
  /** The code of the product whose rates apply. */
  product: string;
  currency: string;
  status: AccountStatus;
  /** The RIB in force; null until the account is opened. */
  iban: string | null;
  balanceMinor: bigint;
  /** Reserved by pending requests. */
  heldMinor: bigint;
  overdraftMinor: bigint;
  limitOperationMinor: bigint | null;
  limitDayMinor: bigint | null;
  /** The number of entries, which is the number of the newest. */
  entryCount: bigint;
  createdAt: Date;
  openedAt: Date | null;
  closedAt: Date | null;
}

/** The amount that a request may still debit. */
export function availableMinor(
  account: Pick<Account, 'balanceMinor' | 'heldMinor' | 'overdraftMinor'>,
): bigint {
  return account.balanceMinor + account.overdraftMinor - account.heldMinor;
}

// A UUIDv8 (RFC 9562) that begins with "house", then the kind of account and the currency in ASCII.
const HOUSE = '686f7573-6500-8000-8000-';
const HOUSE_ID = new RegExp(`${HOUSE}[0-9a-f]{12}`, 'g');
const HOUSE_KINDS = {
  cash: '01',
  clearing: '02',
  settlement: '03',
  suspense: '04',
  interest: '05',
  fees: '06',
} as const;
const houseId = (kind: keyof typeof HOUSE_KINDS, currency: string) =>
  `${HOUSE}${HOUSE_KINDS[kind]}${Buffer.from(currency, 'ascii').toString('hex')}0000`;

/** The bank's own accounts. They store no balance and are never locked: they have no entries: their balance is the sum of what transfers pay to and from them. */
export const houseAccount = {
  /** Cash at the counter. */
  cash: (currency: string) => houseId('cash', currency),
  /** Money on its way to other banks. */
  clearing: (currency: string) => houseId('clearing', currency),
  /** The bank’s account at the central bank, over which banks pay each other. */
  settlement: (currency: string) => houseId('settlement', currency),
  /** Money from other banks that belongs to no account yet. */
  suspense: (currency: string) => houseId('suspense', currency),
  /** What the bank pays as interest, and takes for overdrafts. */
  interest: (currency: string) => houseId('interest', currency),
  /** What accounts cost. */
  fees: (currency: string) => houseId('fees', currency),
};

export const HOUSE_ACCOUNTS = Object.keys(CURRENCIES).flatMap((currency) => [
  houseAccount.cash(currency),
  houseAccount.clearing(currency),
  houseAccount.settlement(currency),
  houseAccount.suspense(currency),
  houseAccount.interest(currency),
  houseAccount.fees(currency),
]);

export function isHouseAccount(id: string): boolean {
  return id.startsWith(HOUSE);
}

/** An account's id, or a text with ids, as the API shows it: the bank's own accounts are named `house:cash:EUR`. */
export function nameHouseAccounts(text: string): string {
  return text.replaceAll(HOUSE_ID, nameOfHouse);
}

function nameOfHouse(id: string): string {
  const hex = id.slice(HOUSE.length);
  const [kind] = Object.entries(HOUSE_KINDS).find(([, code]) => hex.startsWith(code)) ?? ['unknown'];
  return `house:${kind}:${Buffer.from(hex.slice(2, 8), 'hex').toString('ascii')}`;
}
