import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, newId } from '@guichet/database';
import type { Log } from '@guichet/log';
import { claim, giveBack, keepClaim, noteDone } from './store.ts';

/** A chore that is looked after until it is stopped. */
export interface Chore {
  /** Aborts what runs, leaves it to another replica, and resolves; what cannot be aborted is waited for, but not for long. */
  stop(): Promise<void>;
}

const LONGEST_LOOK_MS = 15_000;

/**
 * Does `work` every `everySeconds`, on one of the replicas, and keeps what it came to for all of them (`lastDone`). It rests for at least
 * `restFactor` times as long as it worked, so that a chore that grows with the bank never takes more than its share. A replica that
 * dies at it loses it within `claimSeconds` (a minute); what throws is tried again next time.
 */
export function keepDoing(options: {
  db: Database;
  log: Log;
  name: string;
  everySeconds: number;
  restFactor?: number;
  claimSeconds?: number;
  /** Gives what is kept, as JSON. @param signal aborted when the process stops */
  work: (signal: AbortSignal) => Promise<unknown>;
}): Chore {
  const { db, log, name, everySeconds, restFactor = 20, claimSeconds = 60, work } = options;
  const holder = newId();
  const stopping = new AbortController();
  const lookEveryMs = Math.min(everySeconds * 1000, LONGEST_LOOK_MS);

  async function doOnce(): Promise<void> {
    if (!(await claim(db, name, holder, claimSeconds))) return;
    const began = performance.now();
    const elapsed = () => (performance.now() - began) / 1000;
    const keeping = setInterval(() => {
      keepClaim(db, name, holder, claimSeconds).catch(() => undefined);
    }, claimSeconds * 333);
    try {
      const outcome = await work(stopping.signal);
      await noteDone(db, name, holder, { seconds: elapsed(), outcome });
    } catch (error) {
      if (!stopping.signal.aborted) log.warn({ err: error, chore: name }, 'a chore failed');
    } finally {
      clearInterval(keeping);
      const restSeconds = stopping.signal.aborted ? 0 : Math.max(everySeconds, elapsed() * restFactor);
      await giveBack(db, name, holder, restSeconds);
    }
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      await doOnce().catch((error: unknown) =>
        log.warn({ err: error, chore: name }, 'a chore cannot be looked for'),
      );
      // A little apart from the other replicas.
      const pauseMs = lookEveryMs * (0.8 + Math.random() * 0.4);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    async stop() {
      stopping.abort();
      await Promise.race([running, sleep(2_000, undefined, { ref: false })]);
    },
  };
}
