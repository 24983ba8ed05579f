import type { AccountType } from './accounts.ts';
import type { OperationKind } from './operations.ts';

/** The products that every bank has, one for each type of account: an account that names no product has that of its type. */
export const BUILT_IN_PRODUCTS = {
  current: 'Current account',
  savings: 'Savings account',
} as const satisfies Record<AccountType, string>;

/** The operations by which an interest run is posted. */
export const INTEREST_LINE_KINDS = [
  'interest',
  'overdraft_interest',
  'fee',
] as const satisfies readonly OperationKind[];
export type InterestLineKind = (typeof INTEREST_LINE_KINDS)[number];

/** `skipped`: the account was closed or couldn't pay. `rejected`: the run was not approved. */
export const INTEREST_LINE_STATUSES = ['pending', 'posted', 'skipped', 'rejected'] as const;
export type InterestLineStatus = (typeof INTEREST_LINE_STATUSES)[number];

/** `posting`: it was approved, and its lines are being posted. */
export const INTEREST_RUN_STATES = ['requested', 'posting', 'posted', 'abandoned'] as const;
export type InterestRunState = (typeof INTEREST_RUN_STATES)[number];

/** The highest rate, in basis points a year: 100 %. */
export const RATE_MAX = 10_000;
