import type { Database } from '@guichet/database';
import type { Log } from '@guichet/log';
import type { PublicKeys } from '@guichet/log-checkpoints';
import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import type { HeadWitness } from './head-witness.ts';
import { verifyChain } from './verify-chain.ts';

export const VERIFICATION = 'chain verification';

/** The outcome of a verification, stored for the metrics of every replica. */
export interface ChainOutcome {
  ok: boolean;
  checked: number;
  /** The last month that was dropped: the chain was verified from the entry after it. */
  droppedUntil: string | null;
}

/**
 * Verifies the chain every `everySeconds`, on one replica. It pauses after each page for as long as the page took, and runs for a twentieth of
 * the time at most. A break is logged as an error.
 */
export function keepVerifying(
  { db, log, keys, witness }: { db: Database; log: Log; keys: PublicKeys; witness?: HeadWitness },
  pace: { everySeconds: number; restFactor?: number },
): ScheduledJob {
  return scheduleJob({
    db,
    log,
    name: VERIFICATION,
    ...pace,
    work: async (signal): Promise<ChainOutcome> => {
      const { ok, checked, firstBreak, reason, dropped } = await verifyChain(db, {
        restBetweenPages: true,
        signal,
        witnessed: witness?.furthest(),
        keys,
      });
      if (!ok) log.error({ first_break: String(firstBreak), reason }, 'log chain broken');
      return { ok, checked, droppedUntil: dropped.at(-1)?.month ?? null };
    },
  });
}
