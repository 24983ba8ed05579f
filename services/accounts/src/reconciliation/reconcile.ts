import { type Database, type Transaction, transaction } from '@guichet/database';
import { type Check, inOrder } from './checks.ts';
import * as check from './checks-store.ts';
import { clearingAgainstBatches } from './clearing-store.ts';
import { operationsHaveEvents } from './events-store.ts';
import { interestAgainstLines } from './interest-store.ts';
import { eventsKeptSince, overdueBefore } from './periods.ts';

/** Runs every check on the whole ledger, in the snapshot of `trx`; takes no locks. */
export async function reconcileAll(trx: Transaction, now: Date): Promise<Check[]> {
  return inOrder({
    balances_equal_entries: await check.balancesAgainstEntries(trx),
    held_equals_waiting_operations: await check.heldAgainstOperations(trx),
    entries_sum_to_zero: await check.sumByCurrency(trx, null),
    transfers_balance: await check.transfersBalance(trx, null),
    posted_operations_have_one_transfer: await check.operationsAgainstTransfers(trx, null),
    running_balances: await check.runningBalances(trx),
    reversals_mirror_transfers: await check.reversalsMirrorTransfers(trx, null),
    clearing_equals_unsettled_transfers: await clearingAgainstBatches(trx, null),
    interest_equals_lines_of_runs: await interestAgainstLines(trx, null),
    no_hold_past_its_deadline: await check.waitingWithinDeadline(trx, overdueBefore(now)),
    operations_have_their_events: await operationsHaveEvents(trx, { from: eventsKeptSince(now), to: now }),
  });
}

/** A full run that stores nothing, in one consistent snapshot while the bank runs. */
export async function reconcile(db: Database, now: Date): Promise<{ ok: boolean; checks: Check[] }> {
  const checks = await transaction(db, (trx) => reconcileAll(trx, now), { snapshot: true });
  return { ok: checks.every(({ ok }) => ok), checks };
}
