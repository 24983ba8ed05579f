export const ACCOUNT_TYPES = ['current', 'savings'] as const;
export type AccountType = (typeof ACCOUNT_TYPES)[number];

export const ACCOUNT_STATUSES = ['pending', 'open', 'rejected', 'closed'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** The direction of an entry, from the point of view of the account. */
export const ENTRY_DIRECTIONS = ['credit', 'debit'] as const;
export type EntryDirection = (typeof ENTRY_DIRECTIONS)[number];
