import { query, type Transaction } from '@guichet/database';
import { checkEvents } from './check-events.ts';
import { checkOperations } from './check-operations.ts';
import { type Checkpoint, findEnded, type MovedAccount, readMovedAccounts } from './checkpoint-store.ts';
import { type Check, inOrder } from './checks.ts';
import { heldAgainstOperations, waitingWithinDeadline } from './checks-store.ts';
import { clearingAgainstBatches } from './clearing-store.ts';
import { followAccounts } from './follow-accounts.ts';
import { interestAgainstLines } from './interest-store.ts';
import { findRequestedSince, findWaitingWithTransfer } from './new-rows-store.ts';
import { CLOCK_TOLERANCE_MS, eventsKeptSince, overdueBefore } from './periods.ts';

/** With more new entries than this, a full run is as cheap. */
const MAX_NEW_ENTRIES = 200_000n;

/**
 * Verifies what changed since the checkpoint, in the snapshot of `trx`. New entries are found by their numbers, which the lock of the account makes
 * gapless in the order of commits, and never by a time.
 * @returns the checks and the accounts that moved; null if so much is new that a full run is as cheap
 */
export async function reconcileNew(
  trx: Transaction,
  checkpoint: Checkpoint,
  now: Date,
): Promise<{ checks: Check[]; moved: MovedAccount[] } | null> {
  const moved: MovedAccount[] = [];
  let newEntries = 0n;
  for await (const page of readMovedAccounts(trx)) {
    moved.push(...page);
    for (const { lastNumber, verifiedNumber } of page) newEntries += lastNumber - verifiedNumber;
    if (newEntries > MAX_NEW_ENTRIES) return null;
  }
  const { balances, running, strays, operationIds } = await followAccounts(trx, moved);

  const since = new Date(checkpoint.verifiedAt.getTime() - CLOCK_TOLERANCE_MS);
  const others = await query(trx, findRequestedSince(since), findEnded(), findWaitingWithTransfer());
  const touched = new Set([...operationIds, ...others.flat()]);
  const { sums, transfers, posted, reversals, times } = await checkOperations(trx, [...touched]);
  const keptSince = eventsKeptSince(now);
  const checks = inOrder({
    balances_equal_entries: balances,
    held_equals_waiting_operations: await heldAgainstOperations(trx),
    entries_sum_to_zero: sums,
    transfers_balance: { checked: transfers.checked, broken: [...transfers.broken, ...strays] },
    posted_operations_have_one_transfer: posted,
    running_balances: running,
    reversals_mirror_transfers: reversals,
    clearing_equals_unsettled_transfers: await clearingAgainstBatches(trx, {
      operationIds: [...touched],
      since,
    }),
    interest_equals_lines_of_runs: await interestAgainstLines(trx, [...touched]),
    no_hold_past_its_deadline: await waitingWithinDeadline(trx, overdueBefore(now)),
    operations_have_their_events: await checkEvents(trx, times, since > keptSince ? since : keptSince),
  });
  return { checks, moved };
}
