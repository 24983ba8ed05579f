import { type Chore, keepDoing } from '@guichet/chores';
import type { Bank } from '../bank.ts';
import { findOverdue } from '../operations/inbox-store.ts';
import type { Ruling } from './work.ts';

const BATCH = 100;

/** Ends operations whose time is over, as one more verdict through `decide`. @returns how many it ended */
export async function expireOperations(
  bank: Bank,
  decide: (ruling: Ruling) => Promise<unknown>,
): Promise<number> {
  const overdue = await findOverdue(bank.db, bank.clock(), BATCH);
  const ended = await Promise.allSettled(
    overdue.map((operationId) =>
      decide({
        operationId,
        verdict: 'expire',
        by: null,
        reason: null,
        correlationId: null,
        idempotency: null,
      }),
    ),
  );
  const failures = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  // One that cannot be ended keeps no other from it.
  if (failures.length > 0)
    bank.log.warn({ err: failures[0], failed: failures.length }, 'overdue operations could not be ended');
  return ended.length - failures.length;
}

/**
 * Ends overdue operations every few seconds, on the one replica that has the lease; when that one dies another takes it over within
 * `leaseSeconds`. Each verdict is taken under the operation's lock, so that even two at once end each operation once, and a process killed
 * at any statement leaves nothing half done.
 */
export function keepExpiring(
  bank: Bank,
  decide: (ruling: Ruling) => Promise<unknown>,
  { everySeconds = 5, leaseSeconds = 15 }: { everySeconds?: number; leaseSeconds?: number } = {},
): Chore {
  return keepDoing({
    db: bank.db,
    log: bank.log,
    name: 'expiry',
    everySeconds,
    claimSeconds: leaseSeconds,
    // What is overdue holds people's money back: no rest is due after much of it.
    restFactor: 0,
    async work(signal) {
      let ended = 0;
      for (let more = true; more && !signal.aborted; ) {
        const found = await expireOperations(bank, decide);
        ended += found;
        more = found === BATCH;
      }
      return { ended };
    },
  });
}
