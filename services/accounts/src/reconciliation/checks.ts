import type { CheckResult, Discrepancy } from './rules.ts';

/** The checks, and what each one means. */
export const CHECK_NAMES = [
  /** The stored balance of an account is the sum of its entries. */
  'balances_equal_entries',
  /** The held amount of an account is the sum of its open holds. */
  'held_equals_waiting_operations',
  /** In each currency, all entries and what the transfers moved on the bank's own accounts sum to zero. */
  'entries_sum_to_zero',
  /** Each side of a transfer is a customer's and has its entry, or is the bank's own account; each entry is a side of its transfer. */
  'transfers_balance',
  /** Each posted operation that moves money has exactly one transfer, of its amount, and no other operation has one. */
  'posted_operations_have_one_transfer',
  /** The balance after each entry is the previous balance plus its amount; entries are numbered without gaps. */
  'running_balances',
  /** Each reversal mirrors the transfer that it names. */
  'reversals_mirror_transfers',
  /** What is on its way to other banks, by the ledger, is every transfer there that is neither settled nor taken back; each batch is the sum of its transfers. */
  'clearing_equals_unsettled_transfers',
  /** Interest and fees are the lines of interest runs, by operation, by account and by what the bank's own accounts moved. */
  'interest_equals_lines_of_runs',
  /** No operation waits past its deadline. */
  'no_hold_past_its_deadline',
  /** Each request and each end has its event: checked for the days that the outbox keeps, except its oldest. */
  'operations_have_their_events',
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

/** The result of one check: how many rows were checked, and which of them fail. */
export interface Check {
  name: CheckName;
  ok: boolean;
  checked: number;
  broken: Discrepancy[];
}

/** A result lists at most as many discrepancies. */
export const MAX_BROKEN = 100;

/** The results as a list, in the order of the checks. */
export function inOrder(results: Readonly<Record<CheckName, CheckResult>>): Check[] {
  return CHECK_NAMES.map((name) => {
    const { checked, broken } = results[name];
    return { name, ok: broken.length === 0, checked, broken: broken.slice(0, MAX_BROKEN) };
  });
}
