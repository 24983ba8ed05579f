import { setTimeout as sleep } from 'node:timers/promises';
import type { Bank } from '../bank.ts';
import { findOverdue } from '../operations/inbox-store.ts';
import type { Ruling } from './work.ts';

const BATCH = 100;

/** Ends operations whose time is over, as one more verdict through `decide`. @returns how many it found */
export async function expireOperations(
  bank: Bank,
  decide: (ruling: Ruling) => Promise<unknown>,
): Promise<number> {
  const overdue = await findOverdue(bank.db, bank.clock(), BATCH);
  await Promise.all(
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
  return overdue.length;
}

/**
 * Looks for overdue operations now and then, on every replica: the verdict is taken under the operation's lock, so that each ends once,
 * and a process killed in the middle leaves nothing half done.
 */
export function keepExpiring(
  bank: Bank,
  decide: (ruling: Ruling) => Promise<unknown>,
  everyMs = 5_000,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const found = await expireOperations(bank, decide).catch((error: unknown) => {
        bank.log.warn({ err: error }, 'overdue operations could not be looked for');
        return 0;
      });
      if (found < BATCH) await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
