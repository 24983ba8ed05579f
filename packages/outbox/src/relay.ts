import {
  type Database,
  isUnavailable,
  keepLease,
  type Lease,
  LeaseLostError,
  newId,
  queryOnce,
  releaseLease,
  takeLease,
} from '@guichet/database';
import type { Broker } from '@guichet/events';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import { publishRows } from './publish-rows.ts';
import { FAMILIES, type Family, streamOfLastStates, type Written } from './row.ts';
import {
  measureWaiting,
  prunePublished,
  ROWS_AT_ONCE,
  readWaiting,
  settleRows,
  type WaitingRow,
} from './store.ts';

interface RelayStats {
  /** How many events wait for JetStream. */
  depth: number;
  /** The age of the oldest one, in seconds. */
  oldestSeconds: number;
  /** How many messages the broker refused for good; they are kept for an operator. */
  deadLetters: number;
}

export interface Relay {
  /** Makes the relay read the outbox at once, because messages were committed. */
  wake(): void;
  stats(): Promise<RelayStats>;
  /** Finishes the messages in progress, releases the lease, then resolves. */
  stop(): Promise<void>;
}

/** The name of the lease whose holder publishes. */
export const RELAY_LEASE = 'outbox relay';
const LEASE_SECONDS = 5;
const IDLE_MS = 100;
/** The pause between rounds, in which messages collect: a round costs as much for a few messages as for many. */
const COLLECT_MS = 15;
/** How long published messages are kept. */
export const OUTBOX_KEPT_DAYS = 7;
const PRUNE_EVERY_MS = 60_000;

/**
 * Publishes a service's outbox to JetStream, from one replica at a time, the holder of a lease in the database; `publishRows` defines the order. A message that
 * was published but not marked when a relay crashed is published again under the same id, and JetStream drops the duplicate.
 */
export function startRelay(options: { db: Database; broker: Broker; log: Log; maxBatch?: number }): Relay {
  const { db, broker, log, maxBatch = 500 } = options;
  const holder = newId();
  const stopping = new AbortController();
  let wakeUp: () => void = () => undefined;
  let woken = false;
  let lease: Lease | null = null;
  /** When the lease must be renewed, by `performance.now()`. */
  let renewAt = 0;
  /** When another relay may take it. */
  let leasedUntil = 0;
  let prunedAt = 0;
  /** Families in progress, or paused after a failure. */
  const busy = new Map<Family, Promise<void>>();
  const failures = new Map<Family, number>();

  async function holdLease(): Promise<boolean> {
    if (lease !== null && performance.now() < renewAt) return true;
    const askedAt = performance.now();
    lease = await takeLease(db, RELAY_LEASE, LEASE_SECONDS, holder);
    noteLease(lease === null ? null : askedAt);
    return lease !== null;
  }

  /** @returns whether this relay still has the lease; if so, it has it for its full time from now, and this is committed */
  async function renewLease(): Promise<boolean> {
    const askedAt = performance.now();
    const isHeld = lease !== null && (await queryOnce(db, keepLease(lease, LEASE_SECONDS)));
    noteLease(isHeld ? askedAt : null);
    return isHeld;
  }

  /** Renewed at half its time, so that it doesn't end during a batch. */
  function noteLease(heldSince: number | null): void {
    leasedUntil = heldSince === null ? 0 : heldSince + LEASE_SECONDS * 1000;
    renewAt = heldSince === null ? 0 : heldSince + (LEASE_SECONDS * 1000) / 2;
  }

  /** @returns the number of events that it started to publish, and whether there may be more */
  async function publishWaiting(): Promise<{ started: number; more: boolean }> {
    const rows = await readWaiting(
      db,
      maxBatch,
      FAMILIES.filter((family) => !busy.has(family)),
    );
    // A commit is visible shortly before it is on disk, and a server that is killed in between loses it, but JetStream would keep its messages.
    // When this commit is on disk, all commits before it in the server's log are too.
    if (rows.length > 0 && !(await renewLease())) return { started: 0, more: false };
    for (const family of FAMILIES) {
      const ofFamily = rows.filter((row) => row.family === family);
      if (ofFamily.length > 0) busy.set(family, publishFamily(family, ofFamily));
    }
    // A slow family must not hold up the others.
    if (rows.length > 0) await Promise.race([Promise.all(busy.values()), rest(IDLE_MS)]);
    const started = rows.reduce((total, { events }) => total + events, 0);
    return { started, more: rows.length >= ROWS_AT_ONCE || started >= maxBatch / 2 };
  }

  /** Publishes rows of one family. After a failure only this family pauses, longer each time. */
  async function publishFamily(family: Family, rows: readonly WaitingRow[]): Promise<void> {
    const beganAt = performance.now();
    try {
      const lastOf = await lastSequences(family, rows);
      const outcome = await publishRows(rows, async (row, previous) =>
        publishOne(row, previous ?? lastOf.get(row.subject)),
      );
      await settleRows(db, outcome);
      for (const { id, subject, reason } of outcome.refused) {
        log.error({ message_id: id, subject, reason }, 'broker rejected an event permanently');
      }
      const ms = Math.round(performance.now() - beganAt);
      log.debug({ family, rows: rows.length, published: outcome.published.length, ms }, 'outbox published');
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

  /**
   * The last sequences that the server has on the subjects of last states. The lease is checked after it was read: a relay that loses the lease later names a message
   * that is no longer the last, and the server refuses its own. See docs/decisions/0014.
   */
  async function lastSequences(
    family: Family,
    rows: readonly WaitingRow[],
  ): Promise<ReadonlyMap<string, number>> {
    const stream = streamOfLastStates(family);
    if (stream === null) return new Map();
    const subjects = [...new Set(rows.map(({ subject }) => subject))];
    const last = await Promise.all(
      subjects.map(async (subject) => [subject, await broker.lastSequence(stream, subject)] as const),
    );
    if (!(await renewLease())) throw new LeaseLostError('the lease of the outbox is lost');
    return new Map(last);
  }

  async function publishOne({ id, subject, payload }: Written, after: number | undefined): Promise<number> {
    if (performance.now() >= leasedUntil) throw new LeaseLostError('the lease of the outbox has ended');
    return broker.publish({ id, subject, payload: Buffer.from(payload), after });
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

  /** A pause that `wake` does not end, because a new message would change nothing. */
  function rest(ms: number): Promise<void> {
    return sleep(ms, stopping.signal);
  }

  const running = (async () => {
    let errors = 0;
    while (!stopping.signal.aborted) {
      woken = false;
      try {
        if (!broker.ready()) await pause(IDLE_MS);
        else if (!(await holdLease())) await rest(LEASE_SECONDS * 200);
        else {
          const { started, more } = await publishWaiting();
          if (!more) await pruneSometimes();
          if (started === 0) await pause(IDLE_MS);
          else if (!more) await rest(COLLECT_MS);
        }
        errors = 0;
      } catch (error) {
        if (errors === 0) log.warn({ err: error }, 'outbox could not be read, will retry');
        errors += 1;
        renewAt = 0;
        await rest(Math.min(100 * 2 ** errors, isUnavailable(error) ? 2_000 : 5_000));
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
