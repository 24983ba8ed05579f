import { setTimeout as sleep } from 'node:timers/promises';
import type { Bank } from '../bank.ts';
import { pruneAnswers } from './store.ts';

const KEPT_HOURS = 24;
const STEP = 500;

/** Forgets answers older than a day, in small steps, now and then. */
export function keepPruning(bank: Bank, everyMs = 60_000): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const before = new Date(bank.clock().getTime() - KEPT_HOURS * 3_600_000);
      const pruned = await pruneAnswers(bank.db, before, STEP).catch((error: unknown) => {
        bank.log.warn({ err: error }, 'old idempotency keys could not be pruned');
        return 0;
      });
      const pauseMs = pruned === STEP ? 100 : everyMs;
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
