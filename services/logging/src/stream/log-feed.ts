import { type Database, queryOnce } from '@guichet/database';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import { readHead } from '../entries/store.ts';

/** Wakes the live streams of this process when the log has grown, on any replica. */
export interface LogFeed {
  /** The newest sequence known here. */
  readonly head: bigint;
  /** Reports that the log has entries up to `sequence`. */
  grownTo(sequence: bigint): void;
  /** Resolves once the log is known to have grown beyond `sequence`, or after `withinMs`, or when `signal` is aborted. */
  waitBeyond(sequence: bigint, withinMs: number, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Reads the end of the chain every `pollMs` while a stream waits. */
export function openLogFeed({ db, log, pollMs = 250 }: { db: Database; log: Log; pollMs?: number }): LogFeed {
  const stopping = new AbortController();
  const waiting = new Set<{ beyond: bigint; wake: () => void }>();
  let head = 0n;
  let polling: Promise<void> | null = null;

  function grownTo(sequence: bigint): void {
    if (sequence <= head) return;
    head = sequence;
    for (const one of waiting) if (head > one.beyond) one.wake();
  }

  async function poll(): Promise<void> {
    while (waiting.size > 0 && !stopping.signal.aborted) {
      try {
        grownTo((await queryOnce(db, readHead())).sequence);
      } catch (error) {
        log.warn({ err: error }, 'end of the log could not be read');
      }
      await sleep(pollMs, stopping.signal);
    }
    polling = null;
  }

  return {
    get head() {
      return head;
    },
    grownTo,
    async waitBeyond(sequence, withinMs, signal) {
      if (head > sequence || signal.aborted || stopping.signal.aborted) return;
      const over = new AbortController();
      const woken = new Promise<void>((resolve) => {
        const one = { beyond: sequence, wake: () => resolve() };
        waiting.add(one);
        over.signal.addEventListener('abort', () => waiting.delete(one));
      });
      polling ??= poll();
      const until = AbortSignal.any([signal, stopping.signal, over.signal]);
      await Promise.race([woken, sleep(withinMs, until)]);
      over.abort();
    },
    async stop() {
      stopping.abort();
      await polling;
    },
  };
}
