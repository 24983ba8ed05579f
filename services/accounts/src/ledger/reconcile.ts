import { type Database, transaction } from '@guichet/database';
import { OUTBOX_KEPT_DAYS } from '@guichet/outbox';
import * as check from './reconcile-store.ts';

/** One sum that must hold: how many things it was held over, and those for which it does not. */
export interface Check {
  name: string;
  ok: boolean;
  checked: number;
  broken: check.Broken[];
}

/** How long after its time an operation may still wait: the worker that ends it looks every few seconds. */
const GRACE_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;

const CHECKS = {
  /** What an account stores is the sum of its entries. */
  balances_equal_entries: check.balancesAgainstEntries,
  /** What an account holds back is the sum of what waits. */
  held_equals_waiting_operations: check.heldAgainstOperations,
  /** In each currency all entries sum to zero. */
  entries_sum_to_zero: check.sumByCurrency,
  /** Each transfer has two entries, which sum to zero. */
  transfers_balance: check.transfersBalance,
  /** Each posted operation that moves money has exactly one transfer. */
  posted_operations_have_one_transfer: check.operationsAgainstTransfers,
  /** Each entry's balance is that of the one before and its amount. */
  running_balances: check.runningBalances,
  /** Each reversal undoes the transfer that it names. */
  reversals_mirror_transfers: check.reversalsMirrorTransfers,
  /** Nothing waits past its deadline. */
  no_hold_past_its_deadline: (trx, now) =>
    check.waitingWithinDeadline(trx, new Date(now.getTime() - GRACE_MS)),
  /** What was asked for and what ended has its event; of the last days, for as long as the outbox keeps them, but one. */
  operations_have_their_events: (trx, now) =>
    check.operationsToldOf(trx, {
      from: new Date(now.getTime() - (OUTBOX_KEPT_DAYS - 1) * DAY_MS),
      to: now,
    }),
} satisfies Record<
  string,
  (trx: Parameters<typeof check.balancesAgainstEntries>[0], now: Date) => Promise<check.Found>
>;

/** The names of the checks, for those who count them. */
export const CHECK_NAMES = Object.keys(CHECKS);

/** Adds the whole ledger up in one consistent snapshot, while the bank runs, and locks nothing. */
export async function reconcile(db: Database, now: Date): Promise<{ ok: boolean; checks: Check[] }> {
  const checks = await transaction(
    db,
    async (trx) => {
      const done: Check[] = [];
      for (const [name, run] of Object.entries(CHECKS)) {
        const { checked, broken } = await run(trx, now);
        done.push({ name, ok: broken.length === 0, checked, broken });
      }
      return done;
    },
    { snapshot: true },
  );
  return { ok: checks.every(({ ok }) => ok), checks };
}
