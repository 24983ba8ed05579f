import type { AccountStatus, AccountType } from '@guichet/contract';

/** A customer's account as the ledger knows it; amounts in minor units of `currency`. */
export interface Account {
  id: string;
  ownerId: string;
  name: string;
  type: AccountType;
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

/** The bank's own accounts. They store no balance and are never locked: their entries are summed when the balance is needed. */
export const houseAccount = {
  /** Cash at the counter. */
  cash: (currency: string) => `house:cash:${currency}`,
  /** Money on its way to other banks. */
  clearing: (currency: string) => `house:clearing:${currency}`,
};

export function isHouseAccount(id: string): boolean {
  return id.startsWith('house:');
}
