import { type Database, transaction } from '@guichet/database';
import { OUTBOX_KEPT_DAYS } from '@guichet/outbox';
import * as check from './reconcile-store.ts';

/** The result of one check: how many rows were checked, and which of them fail. */
export interface Check {
  name: string;
  ok: boolean;
  checked: number;
  broken: check.Discrepancy[];
}

/** How long after its deadline an operation may still wait: the worker that expires it runs every few seconds. */
const GRACE_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;

const CHECKS = {
  /** The stored balance of an account is the sum of its entries. */
  balances_equal_entries: check.balancesAgainstEntries,
  /** The held amount of an account is the sum of its open holds. */
  held_equals_waiting_operations: check.heldAgainstOperations,
  /** In each currency, all entries sum to zero. */
  entries_sum_to_zero: check.sumByCurrency,
  /** Each transfer has two entries, which sum to zero. */
  transfers_balance: check.transfersBalance,
  /** Each posted operation that moves money has exactly one transfer. */
  posted_operations_have_one_transfer: check.operationsAgainstTransfers,
  /** The balance after each entry is the previous balance plus its amount. */
  running_balances: check.runningBalances,
  /** Each reversal mirrors the transfer that it names. */
  reversals_mirror_transfers: check.reversalsMirrorTransfers,
  /** No operation waits past its deadline. */
  no_hold_past_its_deadline: (trx, now) =>
    check.waitingWithinDeadline(trx, new Date(now.getTime() - GRACE_MS)),
  /** Each request and each end has its event: checked for the days that the outbox keeps, except its oldest. */
  operations_have_their_events: (trx, now) =>
    check.operationsHaveEvents(trx, {
      from: new Date(now.getTime() - (OUTBOX_KEPT_DAYS - 1) * DAY_MS),
      to: now,
    }),
} satisfies Record<
  string,
  (trx: Parameters<typeof check.balancesAgainstEntries>[0], now: Date) => Promise<check.CheckResult>
>;

/** The names of the checks, for the metrics. */
export const CHECK_NAMES = Object.keys(CHECKS);

/** Runs every check in one consistent snapshot while the bank runs; takes no locks. */
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
