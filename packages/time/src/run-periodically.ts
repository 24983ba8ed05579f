import type { Log } from '@guichet/log';
import { sleep } from './sleep.ts';

/** Work that repeats until it is stopped. */
export interface PeriodicWork {
  /** Aborts the work, and waits at most two seconds for work that cannot be aborted. */
  stop(): Promise<void>;
}

const STOP_WITHIN_MS = 2_000;

/**
 * Runs `work` immediately and then repeatedly, with a pause of `everyMs` after each run. The pause varies by a tenth, so that replicas
 * drift apart. Work that throws is retried after the pause; of several failures in a row only the first is logged.
 */
export function runPeriodically(options: {
  /** The name of the work in the log. */
  name: string;
  log: Pick<Log, 'warn'>;
  everyMs: number;
  /** @param signal aborted when the work is stopped */
  work: (signal: AbortSignal) => Promise<unknown>;
}): PeriodicWork {
  const { name, log, everyMs, work } = options;
  const stopping = new AbortController();
  const { signal } = stopping;

  const running = (async () => {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await work(signal);
        failures = 0;
      } catch (error) {
        if (failures === 0 && !signal.aborted) log.warn({ err: error, job: name }, 'periodic work failed');
        failures += 1;
      }
      await sleep(everyMs * (0.9 + Math.random() * 0.2), signal);
    }
  })();

  return {
    async stop() {
      stopping.abort();
      const stopped = new AbortController();
      await Promise.race([running, sleep(STOP_WITHIN_MS, stopped.signal)]);
      stopped.abort();
    },
  };
}
