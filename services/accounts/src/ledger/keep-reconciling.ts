import { type Chore, keepDoing } from '@guichet/chores';
import type { Bank } from '../bank.ts';
import { reconcile } from './reconcile.ts';

export const RECONCILIATION = 'reconciliation';

/** What is kept of a reconciliation for the metrics of every replica. */
export interface ReconciliationOutcome {
  ok: boolean;
  /** Broken items of each check. */
  broken: Record<string, number>;
}

/** Adds the ledger up now and then, on one replica, in a twentieth of the time at most; says aloud what does not hold. */
export function keepReconciling(
  { db, log, clock }: Pick<Bank, 'db' | 'log' | 'clock'>,
  pace: { everySeconds: number; restFactor?: number },
): Chore {
  return keepDoing({
    db,
    log,
    name: RECONCILIATION,
    ...pace,
    work: async (): Promise<ReconciliationOutcome> => {
      const { ok, checks } = await reconcile(db, clock());
      for (const { name, broken } of checks) {
        if (broken.length > 0)
          log.error({ check: name, broken: broken.slice(0, 10) }, 'the ledger does not reconcile');
      }
      return { ok, broken: Object.fromEntries(checks.map(({ name, broken }) => [name, broken.length])) };
    },
  });
}
