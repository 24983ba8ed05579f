import {
  type Database,
  isUnavailable,
  keepLease,
  type Lease,
  newId,
  queryOnce,
  releaseLease,
  takeLease,
} from '@guichet/database';
import type { Broker } from '@guichet/events';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import { publishRows } from './publish-rows.ts';
import { FAMILIES, type Family } from './row.ts';
import {
  measureWaiting,
  prunePublished,
  ROWS_AT_ONCE,
  readWaiting,
  settleRows,
  type WaitingRow,
} from './store.ts';

interface RelayStats {
  /** Messages that wait for JetStream. */
  depth: number;
  /** Age of the oldest of them, in seconds. */
  oldestSeconds: number;
  /** Messages that the broker refused for good, kept for an operator. */
  deadLetters: number;
}

export interface Relay {
  /** Something was committed: look at once instead of at the next tick. */
  wake(): void;
  stats(): Promise<RelayStats>;
  /** Publishes what it has in hand, gives the lease back, and resolves. */
  stop(): Promise<void>;
}

/** The name of the lease on which one relay of a service publishes. */
export const RELAY_LEASE = 'outbox relay';
const LEASE_SECONDS = 5;
const IDLE_MS = 100;
/** After a round the next is left to fill up: each costs as much for a few messages as for many. */
const GATHER_MS = 15;
/** How long what was published is kept. */
export const OUTBOX_KEPT_DAYS = 7;
const PRUNE_EVERY_MS = 60_000;

/**
 * Publishes a service's outbox to JetStream (in which order: see `publishRows`), by one replica at a time, the holder of a lease in the database. What was
 * published but not yet marked when a relay died goes out again under the same id, and JetStream drops it as a duplicate.
 */
export function startRelay(options: { db: Database; broker: Broker; log: Log; maxBatch?: number }): Relay {
  const { db, broker, log, maxBatch = 500 } = options;
  const holder = newId();
  const stopping = new AbortController();
  let wakeUp: () => void = () => undefined;
  let woken = false;
  let lease: Lease | null = null;
  /** When it must be prolonged, by this process's clock. */
  let leasedUntil = 0;
  let prunedAt = 0;
  /** Families that are being published, or pause after a failure. */
  const busy = new Map<Family, Promise<void>>();
  const failures = new Map<Family, number>();

  async function holdLease(): Promise<boolean> {
    if (lease !== null && performance.now() < leasedUntil) return true;
    lease = await takeLease(db, RELAY_LEASE, LEASE_SECONDS, holder);
    if (lease === null) return false;
    // Renewed at half its time, so that it never ends during a batch.
    leasedUntil = performance.now() + (LEASE_SECONDS * 1000) / 2;
    return true;
  }

  /** @returns how many messages it started to publish, and whether there may be more */
  async function publishWaiting(): Promise<{ began: number; more: boolean }> {
    const rows = await readWaiting(
      db,
      maxBatch,
      FAMILIES.filter((family) => !busy.has(family)),
    );
    // A commit is seen by others a moment before it is on disk: a server killed in between forgets what JetStream would have for ever.
    // What this commit comes after in the server's log is on disk with it.
    if (rows.length > 0 && (lease === null || !(await queryOnce(db, keepLease(lease, LEASE_SECONDS))))) {
      leasedUntil = 0;
      return { began: 0, more: false };
    }
    for (const family of FAMILIES) {
      const ofFamily = rows.filter((row) => row.family === family);
      if (ofFamily.length > 0) busy.set(family, publishFamily(family, ofFamily));
    }
    // A slow family must not hold up the others.
    if (rows.length > 0) await Promise.race([Promise.all(busy.values()), rest(IDLE_MS)]);
    const began = rows.reduce((total, { messages }) => total + messages, 0);
    return { began, more: rows.length >= ROWS_AT_ONCE || began >= maxBatch / 2 };
  }

  /** Publishes rows of one family. After a failure only this family pauses, longer each time. */
  async function publishFamily(family: Family, rows: readonly WaitingRow[]): Promise<void> {
    try {
      const outcome = await publishRows(rows, ({ id, subject, payload }) =>
        broker.publish({ id, subject, payload: Buffer.from(payload) }),
      );
      await settleRows(db, outcome);
      for (const { id, subject, reason } of outcome.refused) {
        log.error({ message_id: id, subject, reason }, 'broker rejected an event permanently');
      }
      if (outcome.failure !== undefined) throw outcome.failure;
      failures.delete(family);
    } catch (error) {
      const count = (failures.get(family) ?? 0) + 1;
      if (count === 1) log.warn({ err: error, family }, 'outbox could not be published, will retry');
      failures.set(family, count);
      await rest(Math.min(100 * 2 ** count, isUnavailable(error) ? 2_000 : 5_000));
    } finally {
      busy.delete(family);
    }
  }

  async function pruneSometimes(): Promise<void> {
    if (performance.now() - prunedAt < PRUNE_EVERY_MS) return;
    prunedAt = performance.now();
    while (!stopping.signal.aborted && (await prunePublished(db, OUTBOX_KEPT_DAYS, 1_000)) === 1_000);
  }

  async function pause(ms: number): Promise<void> {
    if (woken || stopping.signal.aborted) return;
    const timer = new AbortController();
    await Promise.race([
      sleep(ms, timer.signal),
      new Promise<void>((resolve) => {
        wakeUp = resolve;
      }),
    ]);
    timer.abort();
  }

  /** A pause that no commit cuts short: it is not for this relay, or it cannot be helped now. */
  function rest(ms: number): Promise<void> {
    return sleep(ms, stopping.signal);
  }

  const running = (async () => {
    let troubles = 0;
    while (!stopping.signal.aborted) {
      woken = false;
      try {
        if (!broker.ready()) await pause(IDLE_MS);
        else if (!(await holdLease())) await rest(LEASE_SECONDS * 200);
        else {
          const { began, more } = await publishWaiting();
          if (!more) await pruneSometimes();
          if (began === 0) await pause(IDLE_MS);
          else if (!more) await rest(GATHER_MS);
        }
        troubles = 0;
      } catch (error) {
        if (troubles === 0) log.warn({ err: error }, 'outbox could not be read, will retry');
        troubles += 1;
        leasedUntil = 0;
        await rest(Math.min(100 * 2 ** troubles, isUnavailable(error) ? 2_000 : 5_000));
      }
    }
  })();

  return {
    wake() {
      woken = true;
      wakeUp();
    },
    stats: () => measureWaiting(db),
    async stop() {
      stopping.abort();
      wakeUp();
      await running;
      await Promise.all(busy.values());
      if (lease !== null) await queryOnce(db, releaseLease(lease)).catch(() => undefined);
    },
  };
}
