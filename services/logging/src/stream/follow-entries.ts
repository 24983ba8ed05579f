import type { Database } from '@guichet/database';
import type { LogFilter } from '../entries/filter.ts';
import { presentEntry } from '../entries/present-entry.ts';
import { readEntries } from '../entries/store.ts';
import type { LogFeed } from './log-feed.ts';

export interface Following {
  db: Database;
  feed: LogFeed;
  filter: LogFilter;
  /** The last sequence that the reader has. */
  after: bigint;
  /** Whether the reader may still read; asked at least every second. */
  stillAllowed: () => Promise<boolean>;
  /** Aborted when the reader goes away or is sent away. */
  ended: AbortSignal;
  heartbeatMs?: number;
}

const PAGE = 200;
const LOOK_MS = 1_000;

/**
 * The log as Server-Sent Events, for as long as the reader may read: `id` is the sequence, `data` the entry; a comment line keeps
 * the connection open while nothing happens. Nothing is lost between two connections that pass `Last-Event-ID`.
 */
export async function* followEntries(following: Following): AsyncGenerator<string> {
  const { db, feed, filter, stillAllowed, ended, heartbeatMs = 15_000 } = following;
  let { after } = following;
  let saidAt = performance.now();
  yield 'retry: 2000\n\n';
  while (!ended.aborted && (await stillAllowed())) {
    const head = feed.head;
    const entries =
      head > after
        ? await readEntries(db, filter, { order: 'oldest first', after, before: head + 1n, limit: PAGE })
        : [];
    for (const entry of entries) {
      yield `id: ${entry.sequence}\ndata: ${JSON.stringify(presentEntry(entry, filter.visibleTo))}\n\n`;
      saidAt = performance.now();
    }
    if (entries.length === PAGE) {
      after = entries.at(-1)?.sequence ?? after;
      continue;
    }
    if (head > after) after = head;
    if (performance.now() - saidAt >= heartbeatMs) {
      yield ': nothing new\n\n';
      saidAt = performance.now();
    }
    await feed.waitBeyond(after, Math.min(LOOK_MS, heartbeatMs), ended);
  }
}
